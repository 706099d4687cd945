#!/usr/bin/env python3
"""The files that the web console is served as, and a build without them."""
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

CONSOLE = pathlib.Path(__file__).resolve().parents[2] / "runtime/console"
FILES = ("index.html", "page.css", "app.js", "shared_reader.js")


class Bundle(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.web = self.folder / "web"
        self.web.mkdir()
        (self.web / "index.html").write_text("<!doctype html>\n")
        (self.web / "page.css").write_text("a { color: red; }\n")
        (self.web / "app.js").write_text(
            'import { one } from "one";\nconsole.log(one);\n')
        (self.web / "shared_reader.js").write_text("self.x = 1;\n")
        module = self.folder / "node_modules/one"
        module.mkdir(parents=True)
        (module / "index.js").write_text("export const one = 'of a package';")

    def run_script(self, script, *words, path=None):
        return subprocess.run(
            [shutil.which("cmake"), *words, "-P", CONSOLE / script],
            env={**os.environ, **({"PATH": path} if path else {})},
            capture_output=True, text=True, timeout=60)

    def bundle(self, into="out", *words, **more):
        return self.run_script(
            "bundle_web.cmake", f"-DWEB={self.web}",
            f"-DNODE_MODULES={self.folder}/node_modules",
            f"-DINTO={self.folder}/{into}", *words, **more)

    def embedded(self):
        """The source that the files of `out` become."""
        out = self.folder / "assets.cpp"
        done = self.run_script("embed_assets.cmake",
                               f"-DFROM={self.folder}/out", f"-DOUT={out}")
        self.assertEqual(done.returncode, 0, done.stderr)
        return out.read_text()

    def without_esbuild(self):
        """A PATH that has all but esbuild."""
        tools = self.folder / "tools"
        tools.mkdir()
        for name in ("sh", "gzip"):
            (tools / name).symlink_to(shutil.which(name))
        return str(tools)

    def test_sources_and_packages_are_one_file_and_packed(self):
        done = self.bundle()
        self.assertEqual(done.returncode, 0, done.stderr)
        out = self.folder / "out"
        self.assertIn("of a package", (out / "app.js").read_text())
        for name in FILES:
            self.assertEqual(
                gzip.decompress((out / f"{name}.gz").read_bytes()),
                (out / name).read_bytes())
        self.assertTrue((out / "made").exists())

    def test_the_same_sources_make_the_same_bytes(self):
        self.bundle("out")
        self.bundle("again")
        for name in FILES:
            self.assertEqual(
                (self.folder / "out" / f"{name}.gz").read_bytes(),
                (self.folder / "again" / f"{name}.gz").read_bytes())

    def test_each_file_is_embedded_plain_and_packed(self):
        self.bundle()
        source = self.embedded()
        paths = re.findall(r'^  \{"(/[^"]*)"', source, re.M)
        self.assertEqual(paths, sorted(paths))
        self.assertEqual(len(paths), len(FILES))
        sizes = re.findall(r"\{body_\d+, (\d+)\}, \{gzip_\d+, (\d+)\}", source)
        self.assertEqual(sizes[0], tuple(
            str((self.folder / "out" / name).stat().st_size)
            for name in ("index.html", "index.html.gz")))

    def test_without_esbuild_the_build_goes_on_and_says_so_loudly(self):
        done = self.bundle(path=self.without_esbuild())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("THIS BUILD HAS NO WEB CONSOLE", done.stderr)
        self.assertIn("apt-get install esbuild", done.stderr)
        # ninja comes again, as long as this is not there.
        self.assertFalse((self.folder / "out/made").exists())
        self.assertEqual(self.embedded().count('  {"/"'), 1)

    def test_unless_the_console_is_required(self):
        done = self.bundle("out", "-DREQUIRED=ON",
                           path=self.without_esbuild())
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("-DOBSERVER_CONSOLE=OFF", done.stderr)

    def test_without_packages_it_says_why_and_when_it_asks_again(self):
        missing = self.folder / "missing"
        missing.write_text("they could not be fetched\n"
                           "one 1.2.3: HTTP 404\nAt noon again.")
        done = self.bundle("out", f"-DMISSING={missing}")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("they could not be fetched.", done.stderr)
        self.assertIn("*  one 1.2.3: HTTP 404\n", done.stderr)
        self.assertIn("*  At noon again.\n", done.stderr)
        self.assertNotIn("noon", self.embedded())
        # And once they are there, all is well again.
        missing.unlink()
        self.bundle()
        self.assertFalse((self.folder / "out/missing").exists())

    def test_a_source_that_cannot_be_bundled_fails_the_build(self):
        (self.web / "app.js").write_text("import './gone.js';")
        self.assertNotEqual(self.bundle().returncode, 0)


if __name__ == "__main__":
    for tool in ("cmake", "esbuild"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed")
            sys.exit(77)
    unittest.main()
