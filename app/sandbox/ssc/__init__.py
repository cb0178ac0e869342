"""A Fortify SSC server: applications and versions, both ways to upload, jobs and artifacts."""

from app.sandbox.family import FakeServer, Ground
from app.sandbox.ssc.options import Options
from app.sandbox.ssc.server import Ssc

__all__ = ["Options", "build"]


def build(ground: Ground, options: Options) -> FakeServer:
    return Ssc(ground, options)
