"""Strict servers on loopback: the demo that needs no account, and the double the tests trust.

They are written from the notes on the servers' protocols and share nothing with the adapters, so
one misreading cannot hide in both.
"""

from app.sandbox.family import Served
from app.sandbox.faults import Fault
from app.sandbox.serve import Sandbox

__all__ = ["Fault", "Sandbox", "Served"]
