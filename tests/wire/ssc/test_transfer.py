"""The XML answer to an upload: by local names, whatever is around them."""

import pytest

from app.servers.ssc.wire.transfer import Submission, read_submission

JOB = "JOB_ARTIFACTUPLOAD$f640bef6-703c-4287-926d-7032baed0d7a"
PREFIXED = f"""<?xml version="1.0" encoding="UTF-8"?>
<ns2:jobStatus xmlns:ns2="urn:x"><ns2:code>-10001</ns2:code>
<ns2:msg>Background submission succeeded.</ns2:msg><ns2:id>{JOB}</ns2:id></ns2:jobStatus>"""


def test_with_prefix_or_without() -> None:
    wanted = Submission(-10001, "Background submission succeeded.", JOB)
    assert read_submission(PREFIXED.encode()) == wanted
    plain = PREFIXED.replace("ns2:", "").replace(' xmlns:ns2="urn:x"', "")
    assert read_submission(plain.encode()) == wanted
    assert wanted.accepted


def test_a_refusal_comes_with_status_200() -> None:
    text = "<s><code>-20209</code><msg>Access &lt;denied&gt;</msg></s>"
    found = read_submission(text.encode())
    assert found == Submission(-20209, "Access <denied>")
    assert not found.accepted


def test_the_job_may_be_missing() -> None:
    found = read_submission(b"<s><code> -10001 </code></s>")
    assert found == Submission(-10001)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<s>",
        b"{}",
        b"<s><msg>no code</msg></s>",
        b"<s><code>many</code></s>",
        b'<!DOCTYPE s [<!ENTITY a "aaaa">]><s><code>-10001</code><msg>&a;</msg></s>',
        b"<s>" + b"<x/>" * 5000 + b"<code>-10001</code></s>",
    ],
)
def test_anything_else_is_no_answer(content: bytes) -> None:
    assert read_submission(content) is None
