"""The directory of feeds as OPML 2.0, which feed readers take in at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed in the directory, with full addresses."""

    title: str
    feed: str
    page: str


def opml(title: str, groups: Iterable[tuple[str, Sequence[Outline]]]) -> bytes:
    """Return the directory: each group with its feeds."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = _clean(title)
    body = ET.SubElement(root, "body")
    for name, outlines in groups:
        group = ET.SubElement(body, "outline", text=_clean(name))
        for each in outlines:
            text = _clean(each.title)
            ET.SubElement(group, "outline", type="rss", text=text, title=text, xmlUrl=each.feed, htmlUrl=each.page)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
