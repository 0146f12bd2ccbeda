"""What the trace counts, on lines as strace writes them."""

from pathlib import Path

import pytest

from tests.offline.tracing import Trace, read_processes

HERE = Path("/work/out")


@pytest.fixture
def trace(tmp_path):
    """A trace of one process that started in ``HERE`` and made these calls."""

    def make(*calls: str) -> Trace:
        lines = [f"{100 + i}.5 {call}\n" for i, call in enumerate(calls)]
        (tmp_path / "trace.7").write_text("".join(lines) + "140.0 +++ exited with 0 +++\n")
        return Trace(0, "", "", tuple(read_processes(tmp_path, HERE)))

    return make


@pytest.mark.parametrize(
    ("call", "path"),
    [
        ('openat(AT_FDCWD</work/out>, "../a", O_WRONLY|O_CREAT, 0666) = 3</work/a>', "/work/a"),
        ('openat(AT_FDCWD</x>, "a", O_RDWR|O_CLOEXEC) = 11</x/a>', "/x/a"),
        ('openat(AT_FDCWD</x>, "/tmp", O_RDWR|O_TMPFILE, 0600) = 3</tmp/#1>(deleted)', "/tmp/#1"),
        ('open("/x/a", O_WRONLY|O_TRUNC) = 3</x/a>', "/x/a"),
        ('creat("/x/a", 0644)           = 3</x/a>', "/x/a"),
        ('openat(AT_FDCWD</x>, "/dev/shm/s", O_RDWR|O_CREAT) = 3</dev/shm/s>', "/dev/shm/s"),
        ('mkdir("../cache", 0700)       = 0', "/work/cache"),
        ('mkdirat(5</x/y>, "z", 0700)   = 0', "/x/y/z"),
        ('rename("a", "/x/b")           = 0', "/x/b"),
        ('renameat2(AT_FDCWD</x>, "/y/a", 4</work/out>, "b", 0) = 0', "/y/a"),
        ('symlink("/etc/passwd", "/x/l") = 0', "/x/l"),
        ('linkat(9</x>, "a", 9</work/out>, "b", 0) = 0', "/x/a"),
        ('unlink("/x/a")                = 0', "/x/a"),
        ('chmod("/x", 0700)             = 0', "/x"),
    ],
)
def test_a_change_elsewhere_is_found(trace, call, path):
    assert trace(call).written(HERE) == [path]


@pytest.mark.parametrize(
    "call",
    [
        'openat(AT_FDCWD</work/out>, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3</etc/passwd>',
        'openat(AT_FDCWD</x>, "/x/a", O_WRONLY|O_CREAT, 0666) = -1 EACCES (Permission denied)',
        'mkdir("/root", 0777)           = -1 EEXIST (File exists)',
        'openat(AT_FDCWD</x>, "/dev/null", O_WRONLY) = 3</dev/null<char 1:3>>',
        'openat(AT_FDCWD</x>, "/proc/self/clear_refs", O_WRONLY) = 3</proc/7/clear_refs>',
        'openat(AT_FDCWD</x>, "/dev/pts/0", O_RDWR) = 3</dev/pts/0<char 136:0>>',
        'openat(AT_FDCWD</x>, "/proc/7/fd/4", O_RDWR) = 5<pipe:[123]>',
        'openat(AT_FDCWD</work/out>, "a/b", O_WRONLY|O_CREAT, 0666) = 3</work/out/a/b>',
        'mkdir("sub", 0777)             = 0',
        'symlink("/etc/passwd", "link") = 0',
        'rename("a", "sub/b")           = 0',
    ],
)
def test_what_is_no_change_elsewhere_is_not(trace, call):
    assert trace(call).written(HERE) == []


def test_a_relative_path_begins_where_the_process_is(trace):
    found = trace('mkdir("a", 0777) = 0', 'chdir("/x") = 0', 'chdir("y") = 0', 'mkdir("b", 0) = 0')
    assert found.written(HERE) == ["/x/y/b"]


@pytest.mark.parametrize(
    ("call", "opened"),
    [
        ("socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP) = 8<socket:[12]>", True),
        ("socket(AF_INET6, SOCK_STREAM, IPPROTO_IP) = -1 EACCES (Permission denied)", False),
        ("socket(AF_VSOCK, SOCK_STREAM, 0) = 8<socket:[12]>", True),
        ("socket(0x50, SOCK_STREAM, 0) = 8<socket:[12]>", True),
        ("io_uring_setup(8, 0x7ffd)     = 4<anon_inode:[io_uring]>", True),
    ],
)
def test_a_socket_that_leads_out_is_found_even_where_it_was_refused(trace, call, opened):
    found = trace(call)
    assert len(found.sockets()) == 1
    assert len(found.sockets(opened_only=True)) == opened


@pytest.mark.parametrize("family", ["AF_UNIX", "AF_NETLINK"])
def test_a_local_socket_is_none_of_them(trace, family):
    assert trace(f"socket({family}, SOCK_STREAM, 0) = 3<socket:[1]>").sockets() == []


def test_processes_have_a_program_an_age_and_libraries(trace):
    found = trace(
        'execve("/usr/bin/env", ["env", "python"], 0x7ff /* 8 vars */) = 0',
        'execve("/opt/bin/python3.11", ["python"], 0x7ff /* 8 vars */) = 0',
        'openat(AT_FDCWD</x>, "a.so", O_RDONLY) = 3</opt/lib/liba.so>',
        'openat(AT_FDCWD</x>, "b.so", O_RDONLY) = -1 ENOENT (No such file or directory)',
    )
    (process,) = found.python_processes()
    assert process.program == "/opt/bin/python3.11"
    assert process.age_s == pytest.approx(140 - 101.5)
    assert found.loaded("liba")
    assert not found.loaded("libb")
