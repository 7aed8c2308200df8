#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""vibemq-passwd, as a person or a script calls it. Prints TAP."""

import base64
import hashlib
import hmac
import os
import pty
import re
import signal
import stat
import subprocess
import sys
import tempfile
import termios
import traceback

TOOL = os.path.join(os.environ.get("VMQ_TOP_BUILDDIR", "."), "vibemq-passwd")
YESCRYPT = r"\$y\$[./0-9A-Za-z]+\$[./0-9A-Za-z]{1,86}\$[./0-9A-Za-z]{43}"

SCRAM = r"\$scram-sha-256\$i=(\d+)\$([+/=0-9A-Za-z]{24})\$([+/=0-9A-Za-z]{44})\$([+/=0-9A-Za-z]{44})"


def run(*args, stdin=""):
    return subprocess.run([TOOL, *args], input=stdin, capture_output=True, text=True, timeout=60)


def succeed(*args, stdin=""):
    done = run(*args, stdin=stdin)
    assert done.returncode == 0, (args, done)
    return done


def refused(*args, status=1, because="", stdin=""):
    done = run(*args, stdin=stdin)
    assert done.returncode == status, (args, done)
    assert because in done.stderr, (args, done)
    return done


def read(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def write(path, text):
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)


def users(path):
    return dict(line.split(":") for line in read(path).splitlines() if not line.startswith("#"))


def a_new_file_is_made_with_c_and_is_private(path):
    os.umask(0)
    succeed("-c", path, "alice", stdin="secret\n")
    assert re.fullmatch(f"alice:{YESCRYPT}\n", read(path)), read(path)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def c_does_not_overwrite(path):
    write(path, "# precious\n")
    refused("-c", path, "alice", stdin="secret\n", because="exists")
    assert read(path) == "# precious\n"


def without_c_the_file_must_be_there(path):
    refused(path, "alice", stdin="secret\n", because="use -c")
    assert not os.path.exists(path)


def a_user_is_added_and_changed_in_place(path):
    write(path, "# head\nalice:$6$old\n\nbob:$6$kept\n")
    succeed(path, "alice", stdin="secret")
    succeed(path, "carol", stdin="secret\r\n")
    lines = read(path).splitlines()
    assert lines[0] == "# head" and lines[2:4] == ["", "bob:$6$kept"], lines
    assert re.fullmatch(f"alice:{YESCRYPT}", lines[1]), lines
    assert re.fullmatch(f"carol:{YESCRYPT}", lines[4]), lines


def s_keeps_a_verifier_of_scram(path):
    succeed("-c", "-s", path, "alice", stdin="secret\n")
    succeed("-s", "-i", "4096", path, "bob", stdin="secret\n")
    for user, iterations in (("alice", 100000), ("bob", 4096)):
        found = re.fullmatch(SCRAM, users(path)[user])
        assert found and int(found[1]) == iterations, read(path)
        salted = hashlib.pbkdf2_hmac("sha256", b"secret", base64.b64decode(found[2]), iterations)
        key = hmac.digest(salted, b"Client Key", "sha256")
        assert base64.b64decode(found[3]) == hashlib.sha256(key).digest()
        assert base64.b64decode(found[4]) == hmac.digest(salted, b"Server Key", "sha256")
    write(path, "alice:secret\n")
    succeed("-U", "-s", path)
    assert re.fullmatch(SCRAM, users(path)["alice"]), read(path)


def what_scram_does_not_take_is_refused(path):
    write(path, "")
    for password in ("a\x07b", "\ue000", "\u00ad"):
        refused("-s", path, "alice", stdin=password, because="SCRAM does not allow")
    refused("-s", path, "pa\u0308ul", stdin="secret", because='as "p\u00e4ul"')
    refused("-s", path, "\ue000", stdin="secret", because="SCRAM does not allow")
    for iterations in ("4095", "10000001", "0", "-1"):
        refused("-s", "-i", iterations, path, "alice", status=2, because="4096 to 10000000")
    refused("-i", "5000", path, "alice", status=2, because="-i goes with -s")
    refused("-D", "-s", path, "alice", status=2, because="-s is for")
    assert read(path) == ""
    write(path, "alice:secret\npa\u0308ul:secret\n")
    refused("-U", "-s", path, because=":2: SCRAM clients")


def the_same_password_gives_another_hash_each_time(path):
    succeed("-c", path, "alice", stdin="secret\n")
    succeed(path, "bob", stdin="secret\n")
    assert len(set(users(path).values())) == 2


def batch_takes_the_password_from_the_command_line_and_warns(path):
    done = succeed("-c", "-b", path, "alice", "secret")
    assert "warning" in done.stderr and "secret" not in done.stderr, done
    assert re.fullmatch(YESCRYPT, users(path)["alice"])


def d_deletes_exactly_one_user(path):
    write(path, "al:$6$a\nalice:$6$b\nalice2:$6$c\n")
    succeed("-D", path, "alice")
    assert read(path) == "al:$6$a\nalice2:$6$c\n"
    refused("-D", path, "alice", because='no user "alice"')
    assert read(path) == "al:$6$a\nalice2:$6$c\n"


def u_hashes_plain_passwords_once(path):
    write(path, "# users\nalice:secret\nbob:$6$kept\ncarol:with:colon\r\n")
    assert succeed("-U", path).stdout == "2 converted, 1 were hashes already\n"
    first = read(path)
    assert "secret" not in first and "with:colon" not in first
    assert re.fullmatch(YESCRYPT, users(path)["alice"]) and users(path)["bob"] == "$6$kept"
    assert succeed("-U", path).stdout == "0 converted, 3 were hashes already\n"
    assert read(path) == first


def u_changes_nothing_when_a_line_is_wrong(path):
    for bad in ("bob\n", ":x\n", "bob:\n"):
        write(path, "alice:secret\n" + bad)
        refused("-U", path, because=f"{path}:2: ")
        assert read(path) == "alice:secret\n" + bad


def mode_and_symbolic_link_are_kept(path):
    write(path, "bob:$6$kept\n")
    os.chmod(path, 0o640)
    link = path + ".link"
    os.symlink(os.path.basename(path), link)
    succeed(link, "alice", stdin="secret\n")
    assert os.path.islink(link) and set(users(path)) == {"alice", "bob"}
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640
    os.unlink(link)


def the_owner_is_kept(path):
    if os.geteuid() != 0:
        return "needs root"
    write(path, "")
    os.chown(path, 12345, 54321)
    succeed(path, "alice", stdin="secret\n")
    assert (os.stat(path).st_uid, os.stat(path).st_gid) == (12345, 54321)
    return None


def nothing_is_left_beside_the_file(path):
    succeed("-c", path, "alice", stdin="secret\n")
    succeed(path, "bob", stdin="secret\n")
    refused("-D", path, "nobody")
    assert os.listdir(os.path.dirname(path)) == [os.path.basename(path)]


def changes_at_the_same_time_are_all_kept(path):
    write(path, "")
    jobs = [subprocess.Popen([TOOL, "-b", path, f"user{i}", "secret"], stderr=subprocess.DEVNULL)
            for i in range(12)]
    assert [job.wait(timeout=60) for job in jobs] == [0] * 12
    assert len(users(path)) == 12


def bad_users_and_passwords_are_refused(path):
    write(path, "")
    for user in ("", "a:b", "#a", "a\nb"):
        refused(path, user, stdin="secret\n", because="user name")
    refused(path, b"a\xff", stdin="secret\n", because="UTF-8")
    refused(path, "alice", stdin="\n", because="empty")
    refused(path, "alice", stdin="", because="empty")
    refused(path, "alice", stdin="x" * 512, because="longer")
    refused(path, "alice", stdin="x" * 5000, because="too long")
    refused(path, "alice", stdin="a\0b\n", because="NUL")
    assert read(path) == ""
    succeed(path, "alice", stdin="x" * 511 + "\n")


def what_is_no_file_is_refused(path):
    refused("-D", os.path.dirname(path), "alice", because="not a file")
    refused("-D", "/dev/null", "alice", because="not a file")


def wrong_usage_has_its_own_status(path):
    for args in ([], [path], ["-b", path, "alice"], [path, "alice", "secret"], ["-cD", path, "a"],
                 ["-U"], ["-U", path, "alice"], ["-Db", path, "alice", "x"], ["--nonsense"]):
        refused(*args, status=2, because="vibemq-passwd: ")


def two_dashes_end_the_options(path):
    succeed("-c", "--", path, "-alice", stdin="secret\n")
    assert list(users(path)) == ["-alice"]


def version_and_help_are_shown(_path):
    assert succeed("--version").stdout.startswith("vibemq-passwd ")
    assert "--convert" in succeed("--help").stdout


def wait_for(fd, text):
    seen = b""
    while text not in seen:
        seen += os.read(fd, 1024)
    return seen


def on_terminal(path, *answers):
    """Types the answers; returns the exit status and what the terminal showed."""
    pid, fd = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs are born deaf to it
        os.execv(TOOL, [TOOL, "-c", path, "alice"])
    shown = b""
    for answer in answers:
        shown += wait_for(fd, b"alice: ")
        while termios.tcgetattr(fd)[3] & termios.ECHO:
            pass
        os.write(fd, answer)
    try:
        while chunk := os.read(fd, 1024):
            shown += chunk
    except OSError:  # how a terminal says that nobody is at its other end
        pass
    status = os.waitpid(pid, 0)[1]
    echo = bool(termios.tcgetattr(fd)[3] & termios.ECHO)
    os.close(fd)
    return status, shown, echo


def a_terminal_is_asked_twice_and_shows_nothing(path):
    status, shown, echo = on_terminal(path, b"secret\n", b"secret\n")
    assert os.waitstatus_to_exitcode(status) == 0 and b"secret" not in shown, shown
    assert shown.count(b"alice: ") == 2 and echo
    assert re.fullmatch(YESCRYPT, users(path)["alice"])


def passwords_that_differ_are_refused(path):
    status, shown, _ = on_terminal(path, b"secret\n", b"secreT\n")
    assert os.waitstatus_to_exitcode(status) == 1 and b"differ" in shown, shown
    assert not os.path.exists(path)


def an_interrupt_puts_the_terminal_right(path):
    status, _, echo = on_terminal(path, b"sec\x03")
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, status
    assert echo and not os.path.exists(path)


TESTS = [
    a_new_file_is_made_with_c_and_is_private,
    c_does_not_overwrite,
    without_c_the_file_must_be_there,
    a_user_is_added_and_changed_in_place,
    s_keeps_a_verifier_of_scram,
    what_scram_does_not_take_is_refused,
    the_same_password_gives_another_hash_each_time,
    batch_takes_the_password_from_the_command_line_and_warns,
    d_deletes_exactly_one_user,
    u_hashes_plain_passwords_once,
    u_changes_nothing_when_a_line_is_wrong,
    mode_and_symbolic_link_are_kept,
    the_owner_is_kept,
    nothing_is_left_beside_the_file,
    changes_at_the_same_time_are_all_kept,
    bad_users_and_passwords_are_refused,
    what_is_no_file_is_refused,
    wrong_usage_has_its_own_status,
    two_dashes_end_the_options,
    version_and_help_are_shown,
    a_terminal_is_asked_twice_and_shows_nothing,
    passwords_that_differ_are_refused,
    an_interrupt_puts_the_terminal_right,
]


def main():
    failed = 0
    print(f"1..{len(TESTS)}")
    for number, test in enumerate(TESTS, 1):
        name = test.__name__.replace("_", " ")
        with tempfile.TemporaryDirectory(prefix="vibemq-") as folder:
            try:
                skipped = test(os.path.join(folder, "passwd"))
                print(f"ok {number} - {name}" + (f" # SKIP {skipped}" if skipped else ""))
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"not ok {number} - {name}")
                print("# " + traceback.format_exc().replace("\n", "\n# "))
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
