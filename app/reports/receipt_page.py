"""A receipt as a page of HTML: one file, without scripts, pictures or addresses it would load."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from urllib.parse import urlsplit

from app.core.history import Outcome, Past
from app.reports.receipt import Receipt, checksums
from app.reports.words import IDS, OUTCOMES, Say, when

_STYLE = """
:root { color-scheme: light }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 2.5rem 2rem; background: #fff; color: #1c2024;
  font: 15px/1.5 system-ui, "Segoe UI", "Noto Sans", "Helvetica Neue", Arial, sans-serif }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.25; font-weight: 650 }
h2 { margin: 0; font-size: 1.05rem; font-weight: 650; overflow-wrap: anywhere }
.lead { margin: .35rem 0 1.6rem; color: #545b64 }
dl { display: grid; grid-template-columns: 13rem 1fr; gap: .2rem 1rem; margin: .7rem 0 0 }
dt { color: #545b64 } dd { margin: 0; overflow-wrap: anywhere }
.sum { padding: 1rem 1.2rem; background: #f4f6f8; border-radius: 8px }
.sum dl { margin: 0 }
article { margin-top: 1.8rem; padding-top: 1.2rem; border-top: 1px solid #d5dae0 }
.result { display: inline-block; margin: .45rem 0 0; padding: .05rem .6rem; border-radius: 1rem;
  font-size: .87rem; font-weight: 600; background: #e8ecf0; color: #3a424b }
.done { background: #dff3e4; color: #14532d }
.done_with_errors { background: #fdefcf; color: #6b4300 }
.failed { background: #fde3e1; color: #86180f }
code, pre { font: .87em/1.45 ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace }
pre { margin: .6rem 0 0; padding: .8rem 1rem; background: #f4f6f8; border-radius: 8px;
  white-space: pre-wrap; overflow-wrap: anywhere }
table { width: 100%; margin-top: .9rem; border-collapse: collapse; font-size: .93rem }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem }
th, td { padding: .35rem .8rem .35rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid #e3e7eb; overflow-wrap: anywhere }
th { color: #545b64; font-weight: 500 } .n { width: 5rem; font-variant-numeric: tabular-nums }
section { margin-top: 2.2rem } a { color: #0b5cad }
.signed { display: grid; grid-template-columns: 2fr 1fr; gap: 2rem; margin-top: 3.2rem }
.signed span { border-top: 1px solid #1c2024; padding-top: .3rem;
  color: #545b64; font-size: .87rem }
footer { margin-top: 2rem; color: #545b64; font-size: .87rem }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt } @page { margin: 18mm }
  .sum, pre, .result { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  h2, caption { break-after: avoid } tr, .sum, .signed { break-inside: avoid }
  thead { display: table-header-group } }
"""


def receipt_html(receipt: Receipt, say: Say) -> bytes:
    """The page in UTF-8. Everything that came from files and servers is escaped."""
    return "\n".join(_page(receipt, say)).encode("utf-8", "replace")


def _page(receipt: Receipt, say: Say) -> Iterator[str]:
    title = say("Receipt of delivery")
    yield "<!DOCTYPE html>"
    yield '<html lang="en">'
    yield '<head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}, {escape(when(receipt.made))}</title>"
    yield f"<style>{_STYLE}</style></head>"
    yield f"<body><header><h1>{escape(title)}</h1>"
    yield f'<p class="lead">{escape(_lead(receipt, say))}</p></header><main>'
    yield f'<div class="sum">{_facts(_summary(receipt, say))}</div>'
    for past in receipt.pasts:
        yield from _file(past, say)
    sums = checksums(receipt.pasts).decode("utf-8", "replace")
    if sums:
        yield f"<section><h2>{escape(say('Check sums'))}</h2>"
        yield f"<p>{escape(say('To check the files, save these lines as a file and run'))} "
        yield f"<code>sha256sum -c</code>.</p><pre>{escape(sums)}</pre></section>"
    yield f'<div class="signed"><span>{escape(say("Checked by"))}</span>'
    yield f"<span>{escape(say('Date'))}</span></div>"
    made = say("Made by {program} on {when}.")
    text = made.format(program=receipt.program, when=when(receipt.made))
    yield f"</main><footer>{escape(text)}</footer></body></html>\n"


def _lead(receipt: Receipt, say: Say) -> str:
    count = len(receipt.pasts)
    text = say("{n} file to {server}") if count == 1 else say("{n} files to {server}")
    return text.format(n=count, server=", ".join(receipt.servers) or "–")


def _summary(receipt: Receipt, say: Say) -> Iterator[tuple[str, str]]:
    yield say("Sent by"), escape(", ".join(receipt.accounts) or "–")
    yield say("Server"), escape(", ".join(receipt.servers) or "–")
    yield say("Added"), escape(when(receipt.began) or "–")
    yield say("Ended"), escape(when(receipt.ended) or "–")
    yield say("Files"), f"{len(receipt.pasts)}"
    yield say("Bytes"), f"{receipt.size:,}"
    for outcome in Outcome:
        if count := sum(past.outcome is outcome for past in receipt.pasts):
            yield say(OUTCOMES[outcome]), f"{count}"


def _file(past: Past, say: Say) -> Iterator[str]:
    upload, result = past.upload, past.upload.result
    yield f"<article><h2>{escape(upload.source.name)}</h2>"
    yield f'<p class="result {past.outcome}">{escape(say(OUTCOMES[past.outcome]))}</p>'
    yield _facts(_of_file(past, say))
    failures = result.failures if result else ()
    if failures:
        yield "<table>"
        caption = say("Failed records")
        if past.failed > len(failures):
            first = say("the first {n} of {all}")
            caption += f" ({first.format(n=len(failures), all=past.failed)})"
        yield f"<caption>{escape(caption)}</caption><thead><tr>"
        yield f'<th scope="col" class="n">{escape(say("Record"))}</th>'
        yield f'<th scope="col">{escape(say("Title or identifier"))}</th>'
        yield f'<th scope="col">{escape(say("Message"))}</th></tr></thead><tbody>'
        for one in failures:
            name = " · ".join(part for part in (one.title, one.identifier) if part)
            number = "–" if one.record is None else str(one.record)
            yield f'<tr><td class="n">{number}</td><td>{escape(name or "–")}</td>'
            yield f"<td>{escape(say(one.text))}</td></tr>"
        yield "</tbody></table>"
    yield "</article>"


def _of_file(past: Past, say: Say) -> Iterator[tuple[str, str]]:
    upload, result = past.upload, past.upload.result
    yield say("Path"), escape(upload.source.path)
    yield say("Bytes"), f"{upload.source.size:,}"
    if upload.sha256:
        yield say("SHA-256"), f"<code>{escape(upload.sha256)}</code>"
    yield say("Server"), escape(past.server)
    if upload.account:
        yield say("Sent by"), escape(upload.account)
    for label, at in (("Added", past.added), ("Sent", past.sent), ("Ended", past.ended)):
        if at:
            yield say(label), escape(when(at))
    if upload.attempt > 1:
        yield say("Attempts"), f"{upload.attempt}"
    for kind, id in past.ids:
        yield say(IDS[kind]), f"<code>{escape(id)}</code>"
    counts = [f"{count:,} {name.replace('_', ' ')}" for name, count in _counts(past) if count]
    if counts:
        yield say("Records"), escape(", ".join(counts))
    link = (result.link if result else "") or (upload.job.link if upload.job else "")
    if urlsplit(link).scheme in ("http", "https"):
        yield say("On the server"), f'<a href="{escape(link)}">{escape(link)}</a>'
    if upload.problem is not None:
        yield say("Problem"), escape(upload.problem.title)


def _counts(past: Past) -> Iterator[tuple[str, int]]:
    yield from (past.upload.result.counts if past.upload.result else {}).items()


def _facts(facts: Iterator[tuple[str, str]]) -> str:
    """Labels in plain text, values in HTML."""
    lines = "".join(f"<dt>{escape(label)}</dt><dd>{value}</dd>" for label, value in facts)
    return f"<dl>{lines}</dl>"
