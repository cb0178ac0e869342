"""Parts of a file at a real S3 server, with addresses signed as mod-data-import signs them."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from app.core.problems import Problem
from app.servers.folio import parts
from app.servers.folio.gateway import Gateway
from app.servers.folio.parts import MIB, Storage
from app.servers.folio.rhythm import Rhythm
from app.servers.folio.tickets import Stored
from app.servers.folio.wire.definitions import UploadUrl
from app.servers.http import Http
from tests.servers.delivery import Bytes, run
from tests.servers.marc import marc

boto3 = pytest.importorskip("boto3")
moto_server = pytest.importorskip("moto.moto_server.werkzeug_app", reason="no S3 server")

BUCKET = "folio"


class Signer:
    """The server's side: begins uploads and signs the address of each part, for ten minutes."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        self.asked: list[int] = []
        self.broken: list[int] = []
        """Parts whose next address is of no use."""

    async def new_upload_url(self, name: str) -> UploadUrl:
        key = f"data-import/diku/1772442900456-{name}"
        upload = self._s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"]
        return await self.part_url(key, upload, 1)

    async def part_url(self, key: str, upload: str, part: int) -> UploadUrl:
        self.asked.append(part)
        url = self._s3.generate_presigned_url(
            "upload_part",
            Params={"Bucket": BUCKET, "Key": key, "UploadId": upload, "PartNumber": part},
            ExpiresIn=600,
        )
        if part in self.broken:
            self.broken.remove(part)
            url = url.replace("/folio/", "/elsewhere/")
        return UploadUrl(url, key, upload)

    def assembled(self, stored: Stored) -> bytes:
        tags = [{"PartNumber": part, "ETag": tag} for part, tag in sorted(stored.tags.items())]
        self._s3.complete_multipart_upload(
            Bucket=BUCKET,
            Key=stored.key,
            UploadId=stored.upload,
            MultipartUpload={"Parts": tags},
        )
        content: bytes = self._s3.get_object(Bucket=BUCKET, Key=stored.key)["Body"].read()
        return content


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import ThreadedMotoServer

        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        region_name="us-east-1",
        aws_access_key_id="made-up",
        aws_secret_access_key="made-up",
    )
    client.create_bucket(Bucket=BUCKET)
    yield client
    server.stop()


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four parts, the last of them short."""
    monkeypatch.setattr(parts, "USUAL_PART", parts.SMALLEST_PART)
    path = tmp_path / "march loads & 'more'.mrc"
    record = marc("Long", padding=60_000)
    path.write_bytes(record * (17 * MIB // len(record)))
    return path


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_assembled_object_is_the_file(s3: Any, large: Path) -> None:
    signer = Signer(s3)
    kept: list[Stored] = []

    async def work() -> Stored:
        async with Http({}) as http:
            storage = Storage(cast(Gateway, signer), http, Rhythm(0.02))
            return await storage.deliver(large.name, None, Bytes(large), kept.append)

    stored = run(work)
    assert sorted(signer.asked) == [1, 2, 3, 4]
    assert len(kept) == 5
    assert sha256(signer.assembled(stored)) == sha256(large.read_bytes())


def test_one_failing_part_does_not_start_the_file_again(s3: Any, large: Path) -> None:
    signer = Signer(s3)
    signer.broken = [3]

    async def work() -> tuple[Stored, int]:
        body = Bytes(large)
        async with Http({}) as http:
            storage = Storage(cast(Gateway, signer), http, Rhythm(0.02))
            return await storage.deliver(large.name, None, body, lambda _: None), body.sent

    stored, sent = run(work)
    assert sorted(signer.asked) == [1, 2, 3, 3, 4]
    assert sent == large.stat().st_size
    assert sha256(signer.assembled(stored)) == sha256(large.read_bytes())


def test_parts_that_storage_has_are_not_sent_again(s3: Any, large: Path) -> None:
    signer = Signer(s3)
    kept: list[Stored] = []

    async def first() -> None:
        signer.broken = [4, 4, 4]
        async with Http({}) as http:
            storage = Storage(cast(Gateway, signer), http, Rhythm(0.02))
            with pytest.raises(Problem) as caught:
                await storage.deliver(large.name, None, Bytes(large), kept.append)
            assert "X-Amz" not in f"{caught.value!r} {caught.value.exchange!r}"

    async def second() -> Stored:
        async with Http({}) as http:
            storage = Storage(cast(Gateway, signer), http, Rhythm(0.02))
            return await storage.deliver(large.name, kept[-1], Bytes(large), kept.append)

    run(first)
    signer.asked.clear()
    stored = run(second)
    assert signer.asked == [4]
    assert sha256(signer.assembled(stored)) == sha256(large.read_bytes())
