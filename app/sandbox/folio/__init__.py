"""A FOLIO system: data import with both ways to upload, on Okapi or Eureka.

Two addresses: the gateway and the object storage. Two tenants share them, one that takes bytes
directly and one that splits files; the user is the same in both.
"""

from app.sandbox.family import FakeServer, Ground
from app.sandbox.folio.options import Options
from app.sandbox.folio.server import Folio

ADDRESSES = 2

__all__ = ["ADDRESSES", "Options", "build"]


def build(ground: Ground, options: Options) -> FakeServer:
    return Folio(ground, options)
