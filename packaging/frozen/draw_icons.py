"""`draw_icons.py SVG FOLDER`: the program's icon in every size and form that systems ask for.

Writes N.png for each size, longshore.ico for Windows and longshore.icns for macOS. Needs PySide6.
"""

import struct
import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512, 1024)
WINDOWS = (16, 24, 32, 48, 64, 256)
MACOS = {"icp4": 16, "icp5": 32, "ic07": 128, "ic08": 256, "ic09": 512, "ic10": 1024}


def main() -> None:
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    app = QGuiApplication([])
    drawing = QSvgRenderer(str(source))
    if not drawing.isValid():
        sys.exit(f"{source} is not a drawing that Qt can read.")
    pictures = {size: drawn(drawing, size) for size in SIZES}
    for size, data in pictures.items():
        (folder / f"{size}.png").write_bytes(data)
    (folder / "longshore.ico").write_bytes(ico([(size, pictures[size]) for size in WINDOWS]))
    (folder / "longshore.icns").write_bytes(
        icns({kind: pictures[size] for kind, size in MACOS.items()})
    )
    del app


def drawn(drawing: QSvgRenderer, size: int) -> bytes:
    """The drawing as PNG, `size` pixels square."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    drawing.render(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    # The stub of this function asks for bytes where the function itself asks for str.
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(data.data())


def ico(pictures: list[tuple[int, bytes]]) -> bytes:
    """A Windows icon of PNG pictures (allowed since Windows Vista)."""
    at = 6 + 16 * len(pictures)
    head, body = struct.pack("<HHH", 0, 1, len(pictures)), b""
    for size, data in pictures:
        # 256 is written as 0.
        head += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(data), at)
        at += len(data)
        body += data
    return head + body


def icns(pictures: dict[str, bytes]) -> bytes:
    """A macOS icon of PNG pictures, by the type that tells their size."""
    body = b"".join(
        kind.encode("ascii") + struct.pack(">I", len(data) + 8) + data
        for kind, data in pictures.items()
    )
    return b"icns" + struct.pack(">I", len(body) + 8) + body


if __name__ == "__main__":
    main()
