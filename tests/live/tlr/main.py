"""Stands in for tiktok-live-recorder 7.6.0: takes its words, says its words, writes its file. Ours, and nothing of its.

What it does is in the account's name: `records`, `offline`, `waf`, ... The address of its stream is in `stream.txt`.
"""

import argparse
import json
import logging
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
SAYS = {
    "offline": "@offline: The user is not hosting a live stream at the moment.",
    "waf": "Your IP is blocked by TikTok WAF. Please change your IP address.",
    "captcha": "Captcha required or country blocked. Use a VPN, room_id, or authenticate with cookies.",
    "private": "Account is private, login required. Please add your cookies to cookies.json",
    "nobody": "Username / RoomID not found or the user has never been in live.",
}

logging.basicConfig(format="[*] %(asctime)s - %(message)s", datefmt="%Y-%m-%d %H:%M:%S", level=logging.INFO)
_log = logging.getLogger("logger")
say = _log.info


def main() -> None:
    parser = argparse.ArgumentParser()
    for flag in ("-user", "-room_id", "-mode", "-output"):
        parser.add_argument(flag)
    parser.add_argument("-no-update-check", dest="update", action="store_false")
    args = parser.parse_args()
    if args.update:
        raise SystemExit("it would rewrite itself")
    user = args.user or args.room_id
    say(f"cookies: {json.loads((HERE / 'cookies.json').read_text())}")
    if user in SAYS:
        _log.error(SAYS[user])
        return
    say("Started recording (stream 1/1)...")
    say("[PRESS CTRL + C ONCE TO STOP]")
    to = Path(args.output) / f"TK_{user}_2026.11.23_01-02-03_flv.mp4"
    with to.open("wb") as file:
        try:
            while user == "loops":
                time.sleep(0.01)
            with urllib.request.urlopen((HERE / "stream.txt").read_text()) as answer:  # noqa: S310 - by the proxy that it finds
                while piece := answer.read1(65536):
                    file.write(piece)
                    file.flush()
                    if user == "crashes" and file.tell() > 4_000:
                        raise RuntimeError("Segmentation fault, or so")
        except KeyboardInterrupt:
            say("Recording stopped by user.")
    say(f"Recording finished: {to.resolve()}\n")
    say(f"Converting {to} to MP4 format...")
    order = ("ffmpeg", "-v", "error", "-i", to, "-c", "copy", "-y", str(to).replace("_flv", ""))
    subprocess.run(order, check=True)
    to.unlink()
    say(f"Finished converting {str(to).replace('_flv', '')}\n")


if __name__ == "__main__":
    main()
    sys.exit(0)
