"""A TAO Advance portal: tokens, rostering imports from CSV, and their results row by row.

Two addresses: the portal, and the storage where signed addresses of results lead.
"""

from app.sandbox.family import FakeServer, Ground
from app.sandbox.tao.options import Options
from app.sandbox.tao.server import Tao

ADDRESSES = 2

__all__ = ["ADDRESSES", "Options", "build"]


def build(ground: Ground, options: Options) -> FakeServer:
    return Tao(ground, options)
