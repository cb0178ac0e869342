"""Requests built and replies read: pure functions over JSON and headers, without I/O and clocks.

Names of fields are FOLIO's own. What is missing or of a wrong type reads as empty, because releases
differ; a word nobody knows never raises.
"""
