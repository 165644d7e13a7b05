"""How well a start fits what its specialist prefers. Pure.

score = 100 - weight x (wishes that are not met / wishes there are), rounded; a wish is a time of day, a room, or a type
of equipment. Without a preference, or with one that wishes nothing, every start scores 100.
"""

from collections.abc import Sequence
from uuid import UUID

from scheduling.domain.offer import Preference


def score(preference: Preference | None, local_minute: int, room_ids: Sequence[UUID], equipment: Sequence[str]) -> int:
    """`local_minute` is that of the local day; rooms are those that would do, equipment what the service takes."""
    if preference is None:
        return 100
    met = []
    if preference.windows:
        met.append(any(begin <= local_minute < end for begin, end in preference.windows))
    if preference.room_ids:
        met.append(bool(set(preference.room_ids) & set(room_ids)))
    if preference.equipment_type:
        met.append(preference.equipment_type in equipment)
    return round(100 - preference.weight * met.count(False) / len(met)) if met else 100


def preferred_first(preference: Preference | None, room_ids: Sequence[UUID]) -> Sequence[UUID]:
    """The rooms they like, best first; then the others as they were."""
    if preference is None or not preference.room_ids:
        return room_ids
    liked = [id_ for id_ in preference.room_ids if id_ in room_ids]
    return [*liked, *(id_ for id_ in room_ids if id_ not in liked)]
