# SPDX-License-Identifier: Apache-2.0
"""scram.py - the client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677)

Names and passwords are ASCII or prepared already.
"""
import base64
import hashlib
import hmac
import os

METHOD = "SCRAM-SHA-256"


def mac(key, data):
    return hmac.digest(key, data, "sha256")


def fields(message):
    return dict(part.split("=", 1) for part in message.decode().split(","))


class Scram:
    def __init__(self, user, password, header="n,,"):
        self.header, self.password = header, password
        self.nonce = base64.b64encode(os.urandom(18)).decode()
        name = user.replace("=", "=3D").replace(",", "=2C")
        self.bare = "n=%s,r=%s" % (name, self.nonce)
        self.server_key = self.spoken = None

    def first(self):
        return (self.header + self.bare).encode()

    def final(self, challenge, nonce=None):
        """The answer to a challenge, with a nonce of one's own if given."""
        told = fields(challenge)
        assert told["r"].startswith(self.nonce) and len(told["r"]) > len(self.nonce) + 16, told
        assert set(told) == {"r", "s", "i"} and int(told["i"]) >= 4096, told
        salted = hashlib.pbkdf2_hmac("sha256", self.password.encode(), base64.b64decode(told["s"]), int(told["i"]))
        client_key, self.server_key = mac(salted, b"Client Key"), mac(salted, b"Server Key")
        binding = base64.b64encode(self.header.encode()).decode()
        unproved = ("c=%s,r=%s" % (binding, nonce or told["r"])).encode()
        self.spoken = b",".join((self.bare.encode(), challenge, unproved))
        pad = mac(hashlib.sha256(client_key).digest(), self.spoken)
        proof = bytes(a ^ b for a, b in zip(client_key, pad))
        return unproved + b",p=" + base64.b64encode(proof)

    def is_signed(self, last):
        """Whether the server knows us, too."""
        return last == b"v=" + base64.b64encode(mac(self.server_key, self.spoken))
