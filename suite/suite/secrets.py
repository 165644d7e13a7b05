"""Keys and passwords of a suite on one machine: made once, kept in the state folder, readable by its owner only."""

import base64
import json
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from suite.services import GATEWAY, SERVICES

OPERATOR = "operator"
"""Who the command line is to the services: a service of its own, with a key of its own."""


class Secrets:
    """The files, made if they are missing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        public = {name: self._key(name) for name in (*SERVICES, GATEWAY, OPERATOR)}
        self._key("access")
        self.keys_file = folder / "keys.json"
        self._write(self.keys_file, json.dumps(public, indent=1))

    @property
    def key_file(self) -> str:
        """With {service} in it."""
        return str(self._folder / "{service}.pem")

    @property
    def access_key_file(self) -> Path:
        return self._folder / "access.pem"

    def password(self, name: str) -> str:
        file = self._folder / f"{name}.password"
        if not file.exists():
            self._write(file, secrets.token_hex(16))
        return file.read_text()

    def _key(self, name: str) -> str:
        """Base64 of the public half."""
        file = self._folder / f"{name}.pem"
        if file.exists():
            from cryptography.hazmat.primitives.serialization import load_pem_private_key

            key = load_pem_private_key(file.read_bytes(), password=None)
            assert isinstance(key, Ed25519PrivateKey)
        else:
            key = Ed25519PrivateKey.generate()
            self._write(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
        return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    def _write(self, file: Path, text: str) -> None:
        file.touch(mode=0o600)
        file.write_text(text)
