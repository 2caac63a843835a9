"""The process that decodes a picture: standard input to standard output, nothing else, within limits it sets itself.

Run by its path in isolated mode, so that nothing of ours is imported beside a decoder that strangers may aim at.
"""

import sys

MEMORY_BYTES = 1024 * 1024 * 1024
SECONDS = 10
MEGABYTES = 64


def main() -> int:
    """Read a picture and write the bytes of its QR code in hex; nothing where there is none."""
    limit()
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImage, QImageReader

    content = QByteArray(sys.stdin.buffer.read())
    QImageReader.setAllocationLimit(MEGABYTES)
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    image = QImageReader(buffer).read()
    if image.isNull():
        return 1
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    return write_code(grey.constBits(), grey.width(), grey.height(), grey.bytesPerLine())


def write_code(pixels: "bytes | bytearray | memoryview[int]", width: int, height: int, stride: int) -> int:
    """Look for a QR code in grey pixels."""
    import zxingcpp

    flat = bytes(pixels)
    packed = b"".join(flat[y * stride : y * stride + width] for y in range(height))
    found = zxingcpp.read_barcodes(memoryview(packed).cast("B", (height, width)))
    codes = [code.bytes for code in found if code.format == zxingcpp.BarcodeFormat.QRCode]
    sys.stdout.write(codes[0].hex() if codes else "")
    return 0


def limit() -> None:
    """Bound memory and time, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
