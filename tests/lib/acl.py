# SPDX-License-Identifier: Apache-2.0
"""acl.py - one role for everybody, in a file of the auth plugin, of which a test says what it may publish"""
import os

TEXT = """roles:
  - name: everybody
    publish: [%s]
    subscribe: ["#", "$$SYS/#"]
anonymous: [everybody]
"""


def plugin(daemon):
    """The section of `plugins:` for a daemon, with all allowed."""
    write(daemon, "#")
    return {"name": "auth", "allow_anonymous": True, "acl": path(daemon)}


def path(daemon):
    return os.path.join(daemon.dir, "acl.yaml")


def write(daemon, publish):
    with open(path(daemon), "w", encoding="utf-8") as file:
        file.write(TEXT % '"%s"' % publish)


def allow(daemon, publish):
    """Publishing to this filter and no other, from now on."""
    write(daemon, publish)
    daemon.reload()
