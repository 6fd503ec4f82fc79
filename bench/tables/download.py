"""One published file over HTTP: never more bytes than it has, never for longer than its size allows, continued."""

import re
import time
from collections.abc import Callable
from pathlib import Path

TIMEOUT = 30.0
"""Seconds without an answer."""
SLOWEST = 20_000
"""Bytes per second; a download that is slower on average is given up, `TIMEOUT` not counted."""
TRIES = 5
"""Connections that may break in one download."""
CHUNK = 2**16


class Broken(Exception):
    """A download stopped early: the connection broke or took too long. What came is kept and can be continued."""


class Refused(Exception):
    """What the server sends is not the file: a status other than success, or more bytes than the file has."""


def download(url: str, size: int, part: Path, now: Callable[[], float] = time.monotonic) -> None:
    """Bring the file of `size` bytes at `url` to `part`, after the bytes that an earlier download left there.

    A broken connection is opened again, `TRIES` times, and continued by a range request; a server without ranges
    begins anew. Raises `Broken` or `Refused`; the second removes `part`.
    """
    deadline = now() + TIMEOUT + size / SLOWEST
    for tries_left in reversed(range(TRIES)):
        try:
            _continue(url, size, part, deadline, now)
            return
        except Refused:
            part.unlink(missing_ok=True)
            raise
        except Broken:
            if not tries_left or now() > deadline:
                raise


def _continue(url: str, size: int, part: Path, deadline: float, now: Callable[[], float]) -> None:
    import requests
    import urllib3

    done = part.stat().st_size if part.exists() else 0
    if done >= size:  # nobody left it there complete, so it is something else
        part.unlink()
        done = 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
            if answer.status_code not in (requests.codes.ok, requests.codes.partial_content):
                raise Refused(f"{answer.status_code} {answer.reason}")
            continued = answer.headers.get("Content-Range", "").startswith(f"bytes {done}-")
            if answer.status_code == requests.codes.partial_content and not continued:
                raise Refused(f"the range {answer.headers.get('Content-Range')} in the place of {done}-")
            if not continued:
                done = 0
            promised = answer.headers.get("Content-Length", "")
            if re.fullmatch("[0-9]{1,1000}", promised) and done + int(promised) > size:
                raise Refused(f"{done + int(promised):,} bytes")
            read = getattr(answer.raw, "read1", answer.raw.read)  # returns what is there, without waiting for more
            with part.open("ab" if done else "wb") as file:
                while content := read(CHUNK):
                    done += len(content)
                    if done > size:
                        raise Refused(f"more than {size:,} bytes")
                    file.write(content)
                    if now() > deadline:
                        raise Broken(f"{done:,} of {size:,} bytes in {TIMEOUT + size / SLOWEST:.0f} seconds")
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise Broken(f"{done:,} of {size:,} bytes, then {type(error).__name__}: {error}") from error
    if done < size:
        raise Broken(f"{done:,} of {size:,} bytes")
