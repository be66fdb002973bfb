"""The Nu HTML checker: `python -m tests.vnu` fetches it once, `complaints` asks it about pages."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path

import pytest

VERSION = "26.9.27"
ADDRESS = f"https://registry.npmjs.org/vnu-jar/-/vnu-jar-{VERSION}.tgz"
# As the registry states it in the package's `dist.integrity`.
SHA512 = "TkQd5DFfOaWC9ebtvozTsrH2Vaod3jYg+vrOeREzIXxBexLz9+rS2DNtjn7+RPUiZhgli0SghgBX6RJRNea0KA=="
JAR = Path(sys.prefix) / f"vnu-{VERSION}.jar"
MISSING = (
    "The tests of the pages' HTML need Java: install the Debian package default-jre-headless, or "
    "set JAVA to the path of the program."
)


def fetch() -> None:
    """Put the checker into the virtual environment, unless this version is there."""
    if JAR.exists():
        return
    print(f"Fetching the Nu HTML checker {VERSION} ...")  # noqa: T201 (as the Makefile does)
    try:
        with urllib.request.urlopen(ADDRESS, timeout=60) as response:
            package = response.read()
    except (urllib.error.URLError, TimeoutError) as error:
        raise SystemExit(f"{ADDRESS} cannot be fetched: {error}") from error
    if b64encode(hashlib.sha512(package).digest()).decode() != SHA512:
        raise SystemExit(f"{ADDRESS} is not what was pinned: its SHA-512 is another")
    with tarfile.open(fileobj=io.BytesIO(package)) as files:
        jar = files.extractfile("package/build/dist/vnu.jar").read()
    part = JAR.with_suffix(f".{os.getpid()}")
    part.write_bytes(jar)
    part.replace(JAR)


def program() -> str:
    """Return the path of Java."""
    found = shutil.which(os.environ.get("JAVA") or "java")
    return found or pytest.fail(MISSING, pytrace=False)


def complaints(folder: Path) -> list[str]:
    """Return what the checker says against the files `*.html` of the folder, in one run."""
    command = [program(), "-jar", JAR, "--format", "json", "--skip-non-html", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = json.loads(done.stderr)["messages"]
    return [
        f"{Path(one.get('url', '')).name}:{one.get('lastLine')}: {one['message']}"
        f" {one.get('extract', '').strip()}"
        for one in said
    ]


if __name__ == "__main__":
    fetch()
