"""Job profiles and extensions."""

from app.servers.folio.wire import profiles

PROFILE = {
    "id": "e34d7b92-9b83-11eb-a8b3-0242ac130003",
    "name": "Default - Create instance and SRS MARC Bib",
    "description": "For new records",
    "dataType": "MARC",
    "tags": {"tagList": ["urgent"]},
    "hidden": False,
}


def test_profiles_are_read_and_found_by_name_tag_description_and_id() -> None:
    found, total = profiles.read_profiles({"jobProfiles": [PROFILE, {}, None], "totalRecords": 1})
    assert total == 1
    [profile] = found
    assert profile.for_files
    for search in ("", "srs INSTANCE", "urgent", "new rec", "e34d7b92"):
        assert profile.matches(search)
    assert not profile.matches("holdings")


def test_the_kind_of_records_is_told_by_id_or_name() -> None:
    def kind(name: str, id: str = "x") -> str:
        return profiles.JobProfile(id, name, "MARC").record_type

    assert kind("Whatever", "80898dee-449f-44dd-9c8e-37d5eb469b1d") == profiles.HOLDINGS
    assert kind("Load Authorities") == profiles.AUTHORITY
    assert kind("Create instances") == profiles.BIBLIOGRAPHIC
    assert kind("Bibs with holdings") == kind("Quarterly load") == ""


def test_folios_own_profiles_are_not_for_files() -> None:
    for change in ({"hidden": True}, {"id": "d0ebb7b0-2f0f-11eb-adc1-0242ac120002"}):
        profile = profiles.read_profile(PROFILE | change)
        assert profile is not None
        assert not profile.for_files


def test_names_in_queries_mean_themselves() -> None:
    assert profiles.quoted('a "b" * ? ^ \\') == '"a \\"b\\" \\* \\? \\^ \\\\"'
    assert dict(profiles.profiles_named("x*"))["query"] == 'name=="x\\*"'
    assert dict(profiles.profiles_of("MARC", 5, 10)) == {
        "query": 'dataType==("MARC") sortBy name',
        "limit": "5",
        "offset": "10",
    }


def test_extensions_are_compared_in_lower_case() -> None:
    body = {
        "fileExtensions": [
            {"extension": ".MRC", "dataTypes": ["MARC"], "importBlocked": False},
            {"extension": ".pdf", "dataTypes": [], "importBlocked": True},
        ],
        "totalRecords": 13,
    }
    found, total = profiles.read_extensions(body)
    assert total == 13
    assert found == [
        profiles.Extension(".mrc", ("MARC",), False),
        profiles.Extension(".pdf", (), True),
    ]
