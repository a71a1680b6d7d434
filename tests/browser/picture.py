"""Takes the README's pictures: the head of a report of the fixtures' chain, light and dark.

`python -m tests.browser.picture`, or `make picture`; wants Chromium.
"""

import base64
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from tests.browser.chromium import PROGRAM, chromium

ROOT = Path(__file__).parents[2]
WIDTH = 1120
COLOURS = 200  # a picture of flat colours needs no more
# As `make demo` has it, from a folder in which the command is as short as it can be.
REPORT = "report blocks --chain genesis.json --state-size 2000000000 --no-timing -o report"
LAST = "Math.ceil(document.querySelector('figure').getBoundingClientRect().bottom + 24)"


def main():
    """Make the report and take both pictures."""
    if PROGRAM is None:
        sys.exit("needs Chromium: apt-get install chromium")
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        shutil.copytree(ROOT / "fixtures" / "chain", folder / "blocks")
        (folder / "blocks" / "genesis.json").rename(folder / "genesis.json")
        command = [sys.executable, "-m", "weakstate", *REPORT.split()]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        with chromium(folder / "profile") as browser:
            for scheme in ("light", "dark"):
                browser.open(folder / "report" / "report.html", width=WIDTH, scheme=scheme)
                clip = {"x": 0, "y": 0, "width": WIDTH, "height": browser.value(LAST), "scale": 1}
                taken = browser.call(
                    "Page.captureScreenshot", clip=clip, captureBeyondViewport=True
                )
                picture = ROOT / "docs" / f"report-{scheme}.png"
                image = Image.open(BytesIO(base64.b64decode(taken["data"]))).convert("RGB")
                image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
                    picture, optimize=True
                )
                print(picture)


if __name__ == "__main__":
    main()
