"""What a camera would read: a QR code as SVG, drawn into pixels and decoded."""

import re
from xml.etree import ElementTree as ET

import zxingcpp

_SVG = "{http://www.w3.org/2000/svg}"
_PIXELS = 4


def read_qr(svg: str) -> str:
    picture = ET.fromstring(svg)
    assert picture.get("role") == "img"
    assert picture.findtext(f"{_SVG}title")
    size = int(picture.get("viewBox", "").split()[2])
    rows = [bytearray(b"\xff" * size) for _ in range(size)]
    lines = next(each for each in picture.iter(f"{_SVG}path") if each.get("stroke") == "#000")
    x = y = 0.0
    for step, numbers in re.findall(r"([Mmh])([-\d. ]+)", lines.get("d", "")):
        given = [float(each) for each in numbers.split()]
        if step == "h":
            rows[int(y)][int(x) : int(x + given[0])] = bytes(int(given[0]))
            x += given[0]
        else:
            x, y = (given[0], given[1]) if step == "M" else (x + given[0], y + given[1])
    wide = [bytes(pixel for pixel in row for _ in range(_PIXELS)) for row in rows]
    pixels = b"".join(row for row in wide for _ in range(_PIXELS))
    # Rows of some QR codes read as a bar code as well: one in a thousand.
    found = zxingcpp.read_barcodes(
        memoryview(pixels).cast("B", (size * _PIXELS, size * _PIXELS)), formats=zxingcpp.BarcodeFormat.QRCode
    )
    assert len(found) == 1
    return str(found[0].text)
