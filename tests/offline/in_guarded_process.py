"""What a process that may not reach the internet can still do, and what it cannot; run it."""

import asyncio
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import threading

FAMILIES = {
    "inet": (socket.AF_INET, socket.SOCK_STREAM),
    "inet datagram": (socket.AF_INET, socket.SOCK_DGRAM),
    "inet6": (socket.AF_INET6, socket.SOCK_STREAM),
    "packet": (17, socket.SOCK_RAW),
    "vsock": (40, socket.SOCK_STREAM),
    "unix": (socket.AF_UNIX, socket.SOCK_STREAM),
    "netlink": (16, socket.SOCK_RAW),
}
CHILD = "import socket\ntry: socket.socket(); print('opened')\nexcept OSError as e: print(e.errno)"


def opened(family: str) -> str:
    try:
        socket.socket(*FAMILIES[family]).close()
    except OSError as error:
        return str(error.errno)
    return "opened"


def in_thread() -> str:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(opened("inet")))
    thread.start()
    thread.join()
    return found[0]


def in_child() -> str:
    command = [sys.executable, "-c", CHILD]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


async def in_loop() -> int:
    await asyncio.sleep(0)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(7)", stdout=-1)
    return int((await process.communicate())[0])


def pools() -> dict[str, list[int]]:
    found = {}
    for method in multiprocessing.get_all_start_methods():
        with multiprocessing.get_context(method).Pool(1) as pool:
            found[method] = pool.map(abs, [-1, 2])
    with multiprocessing.Manager() as manager:
        found["manager"] = list(manager.list([1, 2]))
    return found


def main() -> None:
    from hairopt.offline import guard

    installed = guard.refuse_internet(with_way_out="out" in sys.argv)
    left, right = socket.socketpair()
    left.send(b"x")
    answers = {
        "installed": installed,
        "families": {family: opened(family) for family in FAMILIES},
        "thread": in_thread(),
        "child": in_child(),
        "socketpair": right.recv(1).decode(),
        "loop": asyncio.run(in_loop()),
        "pools": pools(),
        "outside": guard.run(lambda: opened("inet"), with_network=True),
        "outside child": guard.run(in_child, with_network=True),
        "inside": guard.run(lambda: opened("inet"), with_network=False),
    }
    try:
        guard.run(lambda: 1 / 0, with_network=True)
    except ZeroDivisionError:
        answers["raised"] = True
    guard.refuse_internet(with_way_out=True)  # again: the way out stays the one from before
    answers["outside again"] = guard.run(lambda: opened("inet"), with_network=True)
    sys.stdout.write(json.dumps(answers))
    sys.stdout.flush()
    os._exit(0)  # the pools of four start methods are of no interest any more


if __name__ == "__main__":
    main()
