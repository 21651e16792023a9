"""What XlsxWriter can't write: real protection hashes, the structure lock, formulas without a stale value.

Works on XlsxWriter's own output only, whose text is known; never on a file from outside.
Source: ECMA-376 Part 1, 18.2.29 workbookProtection, 18.3.1.85 sheetProtection; [MS-OFFCRYPTO] 2.4.2.4.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import re
import zipfile

# Cached value of a formula that the application must compute when it loads the file.
UNCOMPUTED = "__uncomputed__"

_SPIN_COUNT = 100_000
# Fixed, so that two builds are equal.  A salt hides nothing here: the password is published in the docs.
_SALT = hashlib.sha256(b"perfxl protection").digest()[:16]
_FIXED_DATE = (1980, 1, 31, 0, 0, 0)


def finish(package: bytes, password: str) -> bytes:
    """The package with its protection made real."""
    source = zipfile.ZipFile(io.BytesIO(package))
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            content = source.read(item)
            if item.filename.startswith("xl/worksheets/sheet"):
                content = _finish_sheet(content.decode(), password).encode()
            elif item.filename == "xl/workbook.xml":
                content = _finish_workbook(content.decode(), password).encode()
            target.writestr(zipfile.ZipInfo(item.filename, _FIXED_DATE), content, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _finish_sheet(xml: str, password: str) -> str:
    xml = xml.replace(f"<v>{UNCOMPUTED}</v>", "")
    return xml.replace("<sheetProtection ", f"<sheetProtection {_hash_attributes('', password)} ", 1)


def _finish_workbook(xml: str, password: str) -> str:
    lock = f'<workbookProtection {_hash_attributes("workbook", password)} lockStructure="1"/>'
    return re.sub(r"(<workbookPr\b[^>]*/>)", lambda match: match[1] + lock, xml, count=1)


def _hash_attributes(prefix: str, password: str) -> str:
    names = ("algorithmName", "hashValue", "saltValue", "spinCount")
    values = ("SHA-512", password_hash(password), base64.b64encode(_SALT).decode(), str(_SPIN_COUNT))
    return " ".join(
        f'{prefix + name[0].upper() + name[1:] if prefix else name}="{value}"'
        for name, value in zip(names, values, strict=True)
    )


@functools.lru_cache(maxsize=8)
def password_hash(password: str) -> str:
    """Base64 of the SHA-512 verifier that Excel and LibreOffice compute for this password."""
    digest = hashlib.sha512(_SALT + password.encode("utf-16-le")).digest()
    for turn in range(_SPIN_COUNT):
        digest = hashlib.sha512(digest + turn.to_bytes(4, "little")).digest()
    return base64.b64encode(digest).decode()
