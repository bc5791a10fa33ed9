"""What somebody might write to harm those who read it, in every field that takes text."""

from __future__ import annotations

import re
from itertools import count
from typing import Any, Final

from lxml import html

from ledger import kinds
from ledger.kinds import Kind
from tests.ledger.samples import Sample
from tests.retelling import retold

LINES: Final = (
    "<script>alert('evil')</script>",
    "\"><img src=x onerror='alert(1)' data-evil=1>",
    "' onmouseover='alert(1)' data-evil='",
    "</title></textarea></select></bdi><svg onload=alert(1) data-evil=1><evil-tag>",
    "javascript:alert('evil')",
    "<a href=javascript:alert(1)>evil</a>",
    "]]> & &amp; &lt;evil-tag&gt; <!-- evil -->",
    "{{ 7 * 7 }} {% evil %} ${7*7} %(number)s %s %",
    '=HYPERLINK("https://evil.example","x")',
    "+1-1|evil",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1;2)",
    "evil, \"quoted\"; 'single' \\n \\",
    "شكرا \u200f \u05e9\u05dc\u05d5\u05dd \u200e evil",
    "\U0001f469\u200d\U0001f692 \U0001f4a9 e\u0301\u0327v\u0334il",
    "W" * 250,
    "../../../../etc/passwd\\..%2f..%00evil",
    "evil\u00a0\u200b\u00ad\ufeff",
)
PROSE: Final = (
    *LINES,
    "evil\r\nATTENDEE:mailto:evil@example.org\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nX-EVIL:1",
    "\u2028evil\u2029\n\t=1+1\n\n\n<evil-tag>",
    "<p>" * 300 + "evil " * 300,
)
ADDRESSES: Final = (
    "https://www.example.org/'onmouseover='alert(1)'data-evil='",
    "https://evil.example/?q=javascript:alert(1)&amp;lt=1&x=%22%3E%3Cevil-tag%3E",
    f"https://evil.example/{'w' * 1_500}",
)

SCHEMES: Final = {"http", "https", "mailto", "otpauth"}
"""Where a link of ours may lead; the last one to an app for one-time codes."""

_SCHEME: Final = re.compile(r"\s*([a-zA-Z][a-zA-Z0-9+.-]*):")


def hostile_samples() -> list[Sample]:
    """Return every sample with hostile text in each of its fields; each text comes up in turn."""
    numbers = count()

    def write(kind: Kind, path: str, raw: str) -> str:
        if path in {"by.organisation.scheme", "by.organisation.id"}:
            return raw  # whom the account may record for
        texts = ADDRESSES if kind is kinds.WEB_ADDRESS else PROSE if isinstance(kind, kinds.Prose) else LINES
        return texts[next(numbers) % len(texts)]

    return retold(write)


def harm_in(content: bytes | str) -> list[str]:
    """Return what of a page came out of a text and is more than text."""
    page: Any = html.fromstring(content)
    found = [f"element {each.tag}" for each in page.iter() if isinstance(each.tag, str) and "evil" in each.tag]
    scripts = [each for each in page.xpath("//script") if not str(each.get("src", "")).startswith("/static/built/")]
    found += [f"script {html.tostring(each)[:100]!r}" for each in scripts]
    for element in page.xpath("//*"):
        for name, value in element.items():
            if "evil" in name or name.startswith("on") or name == "style":
                found.append(f"attribute {name} of {element.tag}")
            scheme = _SCHEME.match(value) if name in {"href", "src", "action", "formaction"} else None
            if scheme is not None and scheme[1].lower() not in SCHEMES:
                found.append(f"{name}={value[:60]}")
    return found
