"""Instants to protobuf."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp


def stamp(instant: datetime) -> Timestamp:
    """An aware instant as a Timestamp."""
    timestamp = Timestamp()
    timestamp.FromDatetime(instant)
    return timestamp
