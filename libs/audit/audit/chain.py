"""Sealing and verifying. Writers never wait: a seal covers only transactions that are settled."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

Connection = Any  # asyncpg.Connection, or the chassis' Transaction: both fetch and execute

_GENESIS: Final = b"\0" * 32

# One digest per record, made by the database from the stored text, so that whatever changes in a row changes it.
_DIGESTS: Final = """
SELECT sha256(convert_to(jsonb_build_array(id, occurred_at AT TIME ZONE 'UTC', txid::text, clinic_id, subject, actor,
                                           action, request_id, session_id, trace_id, facts)::text, 'UTF8')) AS digest
FROM audit_record
WHERE txid >= $1::text::xid8 AND txid < $2::text::xid8
ORDER BY txid, id
"""


@dataclass(frozen=True, slots=True)
class Broken:
    """One place where the trail does not hold."""

    seal: int
    why: str


@dataclass(slots=True)
class Report:
    """What a verification found. `head` is the last seal's hash: write it down elsewhere and a cut tail shows, too."""

    seals: int = 0
    records: int = 0
    unsealed: int = 0
    head: str = ""
    broken: list[Broken] = field(default_factory=list)


async def seal(connection: Connection, *, signer: str, key: Ed25519PrivateKey, now: datetime) -> int:
    """Seal all settled records that are not sealed yet; how many. Within a transaction; one sealer at a time."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('audit_seal'))")
    last = await connection.fetchrow("SELECT seq, until_txid::text, hash FROM audit_seal ORDER BY seq DESC LIMIT 1")
    since = last["until_txid"] if last else "0"
    until = await connection.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
    digests = [row["digest"] for row in await connection.fetch(_DIGESTS, since, until)]
    if not digests:
        return 0
    seq = (last["seq"] if last else 0) + 1
    previous = last["hash"] if last else _GENESIS
    digest = _hash(previous, seq, since, until, digests)
    await connection.execute(
        """
        INSERT INTO audit_seal
            (seq, from_txid, until_txid, records, previous_hash, hash, signer, signature, sealed_at)
        VALUES ($1, $2::text::xid8, $3::text::xid8, $4, $5, $6, $7, $8, $9)
        """,
        seq, since, until, len(digests), previous, digest, signer, key.sign(digest), now,
    )  # fmt: skip
    return len(digests)


async def verify(connection: Connection, keys: Mapping[str, Ed25519PublicKey]) -> Report:
    """Recompute every seal from the records; what differs is in `broken`. Read only."""
    report = Report()
    previous, position = _GENESIS, "0"
    seals = await connection.fetch(
        """
        SELECT seq, from_txid::text, until_txid::text, records, previous_hash, hash, signer, signature
        FROM audit_seal ORDER BY seq
        """
    )
    for each in seals:
        report.seals += 1
        digests = [row["digest"] for row in await connection.fetch(_DIGESTS, each["from_txid"], each["until_txid"])]
        report.records += len(digests)
        report.broken += [
            Broken(each["seq"], why) for why in _faults(each, report.seals, previous, position, digests, keys)
        ]
        previous, position = each["hash"], each["until_txid"]
    report.head = previous.hex()
    report.unsealed = await connection.fetchval(
        "SELECT count(id) FROM audit_record WHERE txid >= $1::text::xid8", position
    )
    return report


def _faults(
    seal_row: Mapping[str, Any],
    expected_seq: int,
    previous: bytes,
    position: str,
    digests: list[bytes],
    keys: Mapping[str, Ed25519PublicKey],
) -> list[str]:
    faults = []
    if seal_row["seq"] != expected_seq or seal_row["from_txid"] != position:
        faults.append("a seal before it is missing")
    if seal_row["previous_hash"] != previous:
        faults.append("it does not follow from the seal before it")
    if len(digests) != seal_row["records"]:
        faults.append(f"it covered {seal_row['records']} records, now there are {len(digests)}")
    elif _hash(previous, seal_row["seq"], seal_row["from_txid"], seal_row["until_txid"], digests) != seal_row["hash"]:
        faults.append("a record under it was changed")
    key = keys.get(seal_row["signer"])
    if key is None:
        faults.append(f"its signer {seal_row['signer']!r} is unknown")
    else:
        try:
            key.verify(seal_row["signature"], seal_row["hash"])
        except InvalidSignature:
            faults.append("its signature is not the signer's")
    return faults


def _hash(previous: bytes, seq: int, since: str, until: str, digests: list[bytes]) -> bytes:
    running = hashlib.sha256(previous + f"|{seq}|{since}|{until}|{len(digests)}|".encode())
    for digest in digests:
        running.update(digest)
    return running.digest()
