# Copyright: (c) 2026, linuxnet.packetloss contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which run of an audit something in the store is of, and which hosts of a run have come to its report.

ansible-playbook loads an action plugin before it forks a worker for each host. What is made here at that time is
therefore one and the same in all of them, with any number of forks, any strategy and any batch, and another one in the
next run. The workers tell each other the rest by small files in the folder ``.runs`` of the store.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

#: This process of ansible-playbook: when it began, and a random part.
PROCESS = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"

#: What a run left in the folder ``.runs`` is taken away by a later one after this time.
KEPT_S = 86400


class Runs:
    """The runs of this process of ansible-playbook; raises ``OSError`` where the folder cannot be written."""

    def __init__(self, folder: Path, process: str = PROCESS):
        self.folder = folder / ".runs"
        self.process = process

    @property
    def _current(self) -> Path:
        return self.folder / f"{self.process}.run"

    def current(self) -> str | None:
        """The id of the run that this process began last, or None where it began none."""
        try:
            return self._current.read_text(encoding="ascii")
        except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
            return None

    def begin(self, task: str) -> str:
        """The id of the run that *task* begins: the same for every host and every batch, another one for another task.

        Two audits in one playbook are two runs.
        """
        run = f"{self.process}-{hashlib.sha256(task.encode()).hexdigest()[:6]}" if task else self.process
        if run != self.current():
            self.folder.mkdir(parents=True, exist_ok=True)
            self._forget_old()
            # Hosts that begin at once write the same. Whole or not at all, since others read it meanwhile.
            draft = self.folder / f".draft-{secrets.token_hex(8)}"
            draft.write_text(run, encoding="ascii")
            os.replace(draft, self._current)
        return run

    def seen(self, run: str, hosts: list[str]) -> set[str]:
        """Note that *hosts* have come to the report of *run*; returns all that have, these among them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{run}.seen"
        # One write of O_APPEND each: hosts that come at the same time do not mix.
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, "".join(json.dumps(host) + "\n" for host in hosts).encode("ascii"))
        finally:
            os.close(descriptor)
        return {json.loads(line) for line in path.read_text(encoding="ascii").splitlines()}

    def first(self, run: str, task: str) -> bool:
        """Whether nobody said so before for this *run* and *task*: of hosts that come at the same time one is first."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            os.close(os.open(self.folder / f"{run}.{task}.told", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return False
        return True

    def _forget_old(self) -> None:
        for path in self.folder.iterdir():
            with suppress(OSError):
                if path.stat().st_mtime < time.time() - KEPT_S:
                    path.unlink()
