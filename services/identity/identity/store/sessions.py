"""Sign-in links and sessions, in Valkey: short-lived, and each step one atomic script."""

import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from chassis.errors import Unavailable
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as TooSlow

from identity.domain.errors import LinkSpent, SessionEnded, TooManyLinks

_LINK_S: Final = 600
_SESSION_S: Final = 30 * 24 * 3600
_LINKS_PER_HOUR: Final = 10
_USED_KEPT: Final = 20

R = TypeVar("R")

# A link becomes a session in one step: a crash in between would spend it for nothing.
_REDEEM = """
local human = redis.call('GETDEL', KEYS[1])
if not human then return false end
redis.call('SET', KEYS[2], cjson.encode({human = human, refresh = ARGV[1], clinic = ARGV[2], used = {}}), 'EX', ARGV[3])
return human
"""

# Who shows the right token holds the session. One that was right before means that two hold it, so it ends for both;
# one that never was means nothing.
_HELD = """
local stored = redis.call('GET', KEYS[1])
if not stored then return false end
local session = cjson.decode(stored)
if session.refresh == ARGV[1] then return stored end
for _, used in ipairs(session.used) do
    if used == ARGV[1] then redis.call('DEL', KEYS[1]) end
end
return false
"""

_ROTATE = """
local stored = redis.call('GET', KEYS[1])
if not stored then return false end
local session = cjson.decode(stored)
if session.refresh ~= ARGV[1] then return false end
table.insert(session.used, 1, session.refresh)
session.used[tonumber(ARGV[5])] = nil
session.refresh = ARGV[2]
session.clinic = ARGV[3]
redis.call('SET', KEYS[1], cjson.encode(session), 'EX', ARGV[4])
return true
"""

_THROTTLE = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('TTL', KEYS[1])}
"""


@dataclass(frozen=True, slots=True)
class Held:
    """A session as its holder sees it."""

    human_id: str
    session_id: str
    clinic_id: str
    refresh_token: str = ""


class Sessions:
    """Only hashes of tokens are stored. Unavailable if Valkey cannot be reached."""

    def __init__(self, url: str) -> None:
        self._valkey = Redis.from_url(url, decode_responses=True, socket_timeout=2, socket_connect_timeout=1)

    async def throttle(self, email: str) -> None:
        """At most so many links an hour to one address, known or not."""
        count, seconds = await _reached(lambda: self._valkey.eval(_THROTTLE, 1, f"links:{_hash(email)}", "3600"))
        if int(count) > _LINKS_PER_HOUR:
            raise TooManyLinks("Look for the mails that were sent, or try again later", retry_after=float(seconds))

    async def new_link(self, human_id: str) -> str:
        """A token that signs this human in, once, within ten minutes."""
        token = secrets.token_urlsafe(32)
        await _reached(lambda: self._valkey.set(f"link:{_hash(token)}", human_id, ex=_LINK_S))
        return token

    async def whose_link(self, token: str) -> str:
        """The human a link would sign in, without spending it."""
        human_id = await _reached(lambda: self._valkey.get(f"link:{_hash(token)}"))
        if not human_id:
            raise LinkSpent("Ask for a new link")
        return str(human_id)

    async def redeem(self, token: str, clinic_id: str) -> Held:
        session_id, secret = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
        keys = (f"link:{_hash(token)}", f"session:{session_id}")
        arguments = (_hash(secret), clinic_id, str(_SESSION_S))
        human_id = await _reached(lambda: self._valkey.eval(_REDEEM, 2, *keys, *arguments))
        if not human_id:
            raise LinkSpent("Ask for a new link")
        return Held(str(human_id), session_id, clinic_id, f"{session_id}.{secret}")

    async def held(self, refresh_token: str) -> Held:
        session_id, _, secret = refresh_token.partition(".")
        stored = await _reached(lambda: self._valkey.eval(_HELD, 1, f"session:{session_id}", _hash(secret)))
        if not stored:
            raise SessionEnded
        session = json.loads(stored)
        return Held(session["human"], session_id, session["clinic"])

    async def rotate(self, refresh_token: str, clinic_id: str) -> Held:
        """A fresh token for this one, which must not be used again; the session goes on in this clinic."""
        held = await self.held(refresh_token)
        old, fresh = refresh_token.partition(".")[2], secrets.token_urlsafe(32)
        arguments = (_hash(old), _hash(fresh), clinic_id, str(_SESSION_S), str(_USED_KEPT + 1))
        if not await _reached(lambda: self._valkey.eval(_ROTATE, 1, f"session:{held.session_id}", *arguments)):
            raise SessionEnded
        return Held(held.human_id, held.session_id, clinic_id, f"{held.session_id}.{fresh}")

    async def end(self, refresh_token: str) -> Held | None:
        """Ending what has ended changes nothing; only who holds the right token ends it."""
        try:
            held = await self.held(refresh_token)
        except SessionEnded:
            return None
        await _reached(lambda: self._valkey.delete(f"session:{held.session_id}"))
        return held

    async def close(self) -> None:
        await self._valkey.aclose()


async def _reached(ask: Callable[[], Awaitable[R]]) -> Any:
    try:
        return await ask()
    except (NoConnection, TooSlow, OSError) as error:
        raise Unavailable("Signing in is not possible right now; try again", retry_after=5) from error


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
