"""Make a kept city of an older version: `python tests/kept/make.py CHECKOUT NAME`, from this version's folder.

CHECKOUT is a folder with the older version's files (`git archive VERSION | tar x -C CHECKOUT`, front end built).
Its code runs the city and fills it with something of every kind; this version's `candia backup` writes it down,
because all versions have the same engines. What lies in tests/kept/NAME then is never made again.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parents[1]))


def main(checkout, name):
    import django

    from tests.engines_once import wait_for

    os.environ["DJANGO_SETTINGS_MODULE"] = "candia.web.settings"
    django.setup()
    from tests.backup.town import Town

    folder = Path(tempfile.mkdtemp(prefix="candia-kept-"))
    shutil.copytree(here.parent / "backup", checkout / "tests" / "backup", dirs_exist_ok=True)
    town = Town(folder / "home")
    new, old = dict(town.environ), dict(town.environ)
    old["PYTHONPATH"] = str(checkout)
    town.environ = old
    os.chdir(checkout)
    town.start()
    try:
        told = town.filled()
        parts = town.parts()
        parts.start("ingest")

        async def say(stream):
            await stream.publish("loader", b'{"time": "2026-11-20T10:00:00Z", "index": 1.5}')
            await stream.publish("loader", b"nonsense")

        parts.with_stream(say)
        wait_for(lambda: parts.count("water.meter:loaded") == 1 and parts.letters("loader"))
        parts.stop()
        parts.with_stream(
            lambda stream: stream.publish("loader", b'{"time": "2026-11-20T11:00:00Z", "index": 2}')
        )
        os.chdir(here.parents[1])
        town.environ = new
        code, said = town.candia("backup", "--to", folder / "to")
        assert code == 0, said
    finally:
        town.stop()
    shutil.rmtree(here / name, ignore_errors=True)
    shutil.copytree(next((folder / "to").iterdir()), here / name / "backup")
    (here / name / "told.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), sys.argv[2])
