"""Commands have no network, except those whose job it is and variants that were given one."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from typer.main import get_command

from hairopt.cli.app import app
from hairopt.cli.typer_app import OfflineCommand
from tests.cli.conftest import COMMAND, add_case, environment
from tests.plugins import install_plugin

STAGES = Path(__file__).parent.parent / "measure" / "strange_stages.py"
VARIANT = 'name = "service"\n[segment]\nmethod = "connects"\n'
WITH_NETWORK = VARIANT + "[process]\nnetwork = true\n"
QUICK = ("--dataset", "data", "--shade", "violet")
COMMANDS = {
    "bench": ("bench", *QUICK, "--rounds", "2", "--warmup", "0", "--variant"),
    "profile": ("profile", "--photo", "data/images/a.jpg", "--requests", "2", "--variant"),
    "recolor": ("recolor", "data/images/a.jpg", "-o", "o.jpg", "--shade", "violet", "--variant"),
    "golden": ("golden", "record", "golden", *QUICK, "--variant"),
}
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the guard is seccomp's")


def commands(group, path=()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def test_only_pulling_a_model_is_a_command_with_a_network():
    found = dict(commands(get_command(app)))
    assert {"bench", "models quantize", "golden check", "recolor"} < set(found)
    others = {name for name, command in found.items() if not isinstance(command, OfflineCommand)}
    assert others == {"models pull"}


@pytest.fixture
def service():
    """A server on this machine; says how often somebody connected."""
    knocks = []

    def listen(server):
        while True:
            try:
                server.accept()[0].close()
            except OSError:
                return
            knocks.append(1)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=listen, args=(server,), daemon=True)
        thread.start()
        yield server.getsockname()[1], knocks
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.fixture
def hairopt_with_plugin(tmp_path, service):
    """Run a command with a plug-in whose segmenter connects to the service."""
    points = ["segment.connects = strange_stages:connects"]
    code = STAGES.read_text()
    install_plugin(tmp_path / "site", "strange_stages", code, "hairopt.stages", points)
    for name in ("a", "b"):
        add_case(tmp_path / "data", name, size=64)
    path = os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")])

    def run(text, *arguments, **variables):
        (tmp_path / "service.toml").write_text(text)
        return subprocess.run(
            [COMMAND, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment(
                tmp_path, **{"PYTHONPATH": path, "HAIROPT_TEST_PORT": str(service[0])} | variables
            ),
            timeout=120,
            check=False,
        )

    return run


@linux_only
@pytest.mark.parametrize("command", COMMANDS)
def test_a_stage_may_connect_only_where_its_variant_says_so(hairopt_with_plugin, service, command):
    arguments = (*COMMANDS[command], "service.toml")
    refused = hairopt_with_plugin(VARIANT, *arguments)
    assert refused.returncode == 2
    assert "process.network = true" in " ".join((refused.stdout + refused.stderr).split())
    assert service[1] == []
    allowed = hairopt_with_plugin(WITH_NETWORK, *arguments)
    assert allowed.returncode == 0, allowed.stderr
    assert service[1]


@linux_only
def test_so_may_a_golden_check_of_it(hairopt_with_plugin, service):
    hairopt_with_plugin(WITH_NETWORK, *COMMANDS["golden"], "service.toml")
    before = len(service[1])
    checked = hairopt_with_plugin(WITH_NETWORK, "golden", "check", "golden", "--dataset", "data")
    assert checked.returncode == 0, checked.stderr
    assert len(service[1]) == before + 1


def test_a_service_that_is_gone_is_not_called_a_refusal(hairopt_with_plugin, service):
    """What a variant with a network meets is the network's own answer."""
    arguments = (*COMMANDS["recolor"], "service.toml")
    done = hairopt_with_plugin(WITH_NETWORK, *arguments, HAIROPT_TEST_PORT="1")
    assert done.returncode == 2
    assert "Connection refused" in done.stderr
    assert "process.network" not in done.stderr
