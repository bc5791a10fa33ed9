"""The directory of feeds as OPML 2.0, which feed readers take in at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from projections.documents import writable


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed in the directory, with full addresses."""

    title: str
    feed: str
    page: str


def opml(title: str, groups: Iterable[tuple[str, Sequence[Outline]]]) -> bytes:
    """Return the directory: each group with its feeds."""
    root = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(root, "head"), "title").text = writable(title)
    body = ET.SubElement(root, "body")
    for name, outlines in groups:
        group = ET.SubElement(body, "outline", text=writable(name))
        for each in outlines:
            text = writable(each.title)
            ET.SubElement(group, "outline", type="rss", text=text, title=text, xmlUrl=each.feed, htmlUrl=each.page)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
