"""The queries that lists are asked with."""

from typing import Any

import pytest

from app.sandbox.folio.cql import CqlError, chosen

RECORDS: list[dict[str, Any]] = [
    {"id": "1", "name": "beta", "status": "NEW", "files": [{"uiKey": "x-1"}], "m": {"at": "2026"}},
    {"id": "2", "name": "Alpha (1)", "status": "LOADED", "files": [], "m": {"at": "2025"}},
    {"id": "3", "name": 'with "quotes"', "status": "ERROR", "m": {"at": "2024"}},
]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "123"),
        ("cql.allRecords=1 sortBy name", "213"),
        ('name=="beta"', "1"),
        ("name==BETA", "1"),
        ('name=="*a*"', "12"),
        ('name=="b?ta"', "1"),
        ('name=="Alpha (1)"', "2"),
        ("name=alpha", "2"),
        ('name<>"beta"', "23"),
        ('name=="with \\"quotes\\""', "3"),
        ('name=="be\\*a"', ""),
        ('status==("NEW" OR "LOADED")', "12"),
        ('(status==("NEW" or "LOADED")) sortBy m.at/sort.descending', "12"),
        ("sortBy m.at", "321"),
        ('m.at>="2025"', "12"),
        ('files=="*x-1*"', "1"),
        ('status=="NEW" and name=="beta" or status=="ERROR"', "13"),
        ('status=="NEW" and (name=="beta" or status=="ERROR")', "1"),
        ('status==("NEW" or "LOADED") not name=="beta"', "2"),
        ('missing=="x"', ""),
    ],
)
def test_queries_choose(query: str, found: str) -> None:
    assert "".join(record["id"] for record in chosen(RECORDS, query)) == found


@pytest.mark.parametrize(
    "query",
    ["(", "name", "name==", '(name=="a"', 'name=="a")', '"a"=="b"', "name==a sortBy", 'name=="a'],
)
def test_what_cannot_be_read_is_refused(query: str) -> None:
    with pytest.raises(CqlError):
        chosen(RECORDS, query)
