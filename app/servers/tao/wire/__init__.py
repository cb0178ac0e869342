"""Requests built and replies read: pure functions over JSON, CSV and headers, without I/O.

TAO's own material shows several shapes for most replies, and other servers of its maker have more;
what is missing or of a wrong type reads as empty, and a word nobody knows never raises.
"""
