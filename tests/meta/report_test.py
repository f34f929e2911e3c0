"""tools/report on a complete run, on partial and damaged ones, and on nothing."""
import contextlib
import fcntl
import io
import json
import re
import runpy
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
import synthetic_run

REPORT = Path(__file__).resolve().parents[2] / "tools" / "report"
FIGURES = {"overview", "profiles", "samples", "gather", "lsrtm", "examples", "accuracy", "calibration", "sbc", "tarp",
           "z_scores", "training"}


def report(folder, *options):
    return subprocess.run([REPORT, folder, *options], capture_output=True, text=True)


def quick_report(folder, *options):
    """The same in this process, with figures that are drawn but not laid out: a third of the time, for tests that ask what is
    drawn and what is told, of figures whose layout another test covers."""
    sys.path.insert(0, str(REPORT.parent))
    from reporting import style
    out, errors = io.StringIO(), io.StringIO()
    unlaid = {"figure.constrained_layout.use": False, "savefig.bbox": None}
    arguments, sys.argv = sys.argv, [str(REPORT), str(folder), *options]
    try:
        with style.plt.rc_context(unlaid), contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            runpy.run_path(str(REPORT), run_name="__main__")
    except SystemExit as end:
        return subprocess.CompletedProcess(sys.argv, end.code or 0, out.getvalue(), errors.getvalue())
    finally:
        sys.argv = arguments


class Report(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.run_folder = Path(temporary.name) / "a run"

    def drawn(self):
        return {path.stem for path in (self.run_folder / "figures").glob("*.png")}

    def assert_page_is_whole(self):
        """Every picture that the page shows exists, and nothing is fetched from elsewhere."""
        text = (self.run_folder / "report.html").read_text()
        pictures = re.findall(r'<img src="([^"]+)"', text)
        self.assertEqual({Path(p).stem for p in pictures}, self.drawn())
        for picture in pictures:
            self.assertEqual((self.run_folder / picture).read_bytes()[:4], b"\x89PNG")
        self.assertNotIn("http", text)

    def test_a_complete_run_gives_every_figure_and_number(self):
        synthetic_run.make(self.run_folder)
        done = report(self.run_folder, "--table")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertEqual(self.drawn(), FIGURES)
        self.assert_page_is_whole()
        summary = json.loads((self.run_folder / "summary.json").read_text())
        with h5py.File(self.run_folder / "diagnostics.h5") as file:
            for metric in ("snr", "ssim", "rmse"):
                for method in ("rtm", "lsrtm", "posterior_mean"):
                    # float32 data, summed in double here and there: only rounding of the sum may differ
                    self.assertAlmostEqual(summary["test_set"][metric][method]["mean"],
                                           float(np.mean(file[metric][method][()].astype(float))), places=12)
        self.assertEqual(summary["status"], "done")
        self.assertEqual(summary["pde_solves"]["inverted"], 128)
        self.assertEqual([(row["depth"], row["name"]) for row in summary["timings"]], [(0, "pairs"), (1, "simulate")])
        # the least of 0.25 + 1.2 exp(-e/12) + 1e-5 e^2 over epochs 1..60, to float32
        self.assertAlmostEqual(summary["training"]["best_validation_loss"],
                               min(0.25 + 1.2 * np.exp(-e / 12) + 1e-5 * e**2 for e in range(1, 61)), places=5)
        for text in ("posterior mean", "LS-RTM, 3 iterations", "coverage", "energy 0.", "combined 0.600", "PDE solves",
                     "1 of 2 ok; residual over noise FAILED"):
            self.assertIn(text, done.stdout)
        page = (self.run_folder / "report.html").read_text()
        for text in ("<b>FAILED</b>", "samples &amp; data differ", "1.2 ± 0.004", "0.9 to 1.1", "≥ 0.01"):
            self.assertIn(text, page)

    def test_any_missing_file_is_a_note(self):
        needs = {"observed": {"gather"}, "migrated": set(), "inverted": {"lsrtm"}, "pairs": set(),
                 "flow": {"training"}, "posterior": {"profiles", "samples"},
                 "diagnostics": {"accuracy", "calibration", "sbc", "tarp", "z_scores", "examples"}}
        for missing in (["observed", "flow", "inverted"], ["posterior", "pairs", "diagnostics", "migrated"]):
            with self.subTest(missing), tempfile.TemporaryDirectory() as folder:
                self.run_folder = Path(folder) / "run"
                synthetic_run.make(self.run_folder)
                for product in missing:
                    (self.run_folder / f"{product}.h5").unlink()
                done = quick_report(self.run_folder, "--table")
                self.assertEqual(done.returncode, 0, done.stderr)
                for product in missing:
                    self.assertIn(f"{product}.h5 is not there", done.stderr)
                self.assertEqual(self.drawn(), FIGURES - set().union(*(needs[product] for product in missing)))
                self.assert_page_is_whole()

    def test_damaged_files_are_notes(self):
        synthetic_run.make(self.run_folder)
        whole = (self.run_folder / "diagnostics.h5").read_bytes()
        (self.run_folder / "diagnostics.h5").write_bytes(whole[: len(whole) // 2])
        (self.run_folder / "flow.h5").write_bytes(b"no HDF5 at all")
        (self.run_folder / "manifest.json").write_text('{"version": ')
        with h5py.File(self.run_folder / "posterior.h5", "a") as file:  # shapes that do not fit
            del file["quantile_05"]
            file["quantile_05"] = np.zeros((3, 4))
        done = quick_report(self.run_folder, "--table")
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in ("diagnostics.h5 is damaged", "flow.h5 is damaged", "manifest.json is no valid JSON", "profiles could not"):
            self.assertIn(name, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertIn("overview", self.drawn())
        self.assert_page_is_whole()

    def test_images_in_three_dimensions_are_drawn_in_sections(self):
        self.run_folder.mkdir()
        shape = (20, 12, 16)
        truth = np.random.default_rng(1).normal(size=shape)
        place = {"dx": 150.0, "dy": 100.0, "dz": 20.0}
        synthetic_run.write(self.run_folder / "observed.h5", {"truth": truth, "velocity": np.full(shape, 2000.0)}, place)
        synthetic_run.write(self.run_folder / "migrated.h5", {"image": 2 * truth}, place)
        synthetic_run.write(self.run_folder / "inverted.h5",
                            {"image": truth, "velocity": np.full(shape, 2100.0), "start_velocity": np.full(shape, 2000.0)}, place)
        done = report(self.run_folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("could not be drawn", done.stderr)
        self.assertEqual(self.drawn(), {"sections"})
        self.assert_page_is_whole()

    def test_a_waveform_inversion(self):
        synthetic_run.make(self.run_folder)
        with h5py.File(self.run_folder / "observed.h5") as file:
            truth, velocity = file["truth"][:], file["velocity"][:]
        synthetic_run.make_waveform_inversion(self.run_folder, truth, velocity)
        done = report(self.run_folder, "--table")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "")
        self.assertEqual(self.drawn(), FIGURES - {"lsrtm"} | {"velocity", "inversion"})
        self.assert_page_is_whole()
        self.assertIn("FWI, 9 iterations, misfit of each band down to 0.223, 0.301, model error 0.550", done.stdout)
        summary = json.loads((self.run_folder / "summary.json").read_text())
        self.assertAlmostEqual(summary["observed_data_set"]["snr_inverted_db"], 20 * np.log10(2), places=4)
        self.assertNotIn("snr_lsrtm_db", summary["observed_data_set"])
        # Field data: no truth, no error of the model.
        with h5py.File(self.run_folder / "observed.h5", "a") as file:
            del file["truth"]
        with h5py.File(self.run_folder / "inverted.h5", "a") as file:
            file["history/model_error"][...] = -1
        (self.run_folder / "figures" / "velocity.png").unlink()
        done = quick_report(self.run_folder, "--table")
        self.assertEqual(done.stderr, "")
        self.assertLessEqual({"velocity", "inversion"}, self.drawn())
        self.assertNotIn("model error", done.stdout)

    def test_a_latent_correction(self):
        synthetic_run.make(self.run_folder)
        with h5py.File(self.run_folder / "observed.h5") as file:
            synthetic_run.make_correction(self.run_folder, file["truth"][:])
        done = report(self.run_folder, "--table")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.drawn(), FIGURES | {"corrected", "correction"})
        self.assert_page_is_whole()
        summary = json.loads((self.run_folder / "summary.json").read_text())
        self.assertAlmostEqual(summary["observed_data_set"]["snr_amortized_mean_db"], -20 * np.log10(0.4), places=4)
        self.assertAlmostEqual(summary["observed_data_set"]["snr_corrected_mean_db"], 20, places=4)
        self.assertEqual(summary["pde_solves"]["corrected"], 328)
        for text in ("SNR of the mean 7.96 -> 20 dB", "residual of the samples over the noise 1.25 -> 1.01"):
            self.assertIn(text, done.stdout)
        # Field data: no truth, no error.
        with h5py.File(self.run_folder / "observed.h5", "a") as file:
            del file["truth"]
        self.assertEqual(quick_report(self.run_folder).stderr, "")
        self.assertIn("corrected", self.drawn())

    def test_field_data_has_no_truth(self):
        synthetic_run.make(self.run_folder)
        with h5py.File(self.run_folder / "observed.h5", "a") as file:
            del file["truth"]
        (self.run_folder / "diagnostics.h5").unlink()
        done = quick_report(self.run_folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertLessEqual({"overview", "profiles", "samples"}, self.drawn())
        self.assertNotIn("snr_posterior_mean_db",
                         json.loads((self.run_folder / "summary.json").read_text())["observed_data_set"])

    def test_not_a_number_does_not_stop_the_report(self):
        synthetic_run.make(self.run_folder)
        for product, name in (("posterior", "std"), ("flow", "history/validation_loss"), ("diagnostics", "coverage/empirical")):
            with h5py.File(self.run_folder / f"{product}.h5", "a") as file:
                file[name][...] = np.nan
        done = report(self.run_folder, "--table")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.drawn(), FIGURES)
        self.assertNotIn("NaN", (self.run_folder / "summary.json").read_text())  # JSON has no such number

    def test_no_folder_and_one_without_a_run_are_the_users_error(self):
        done = report(self.run_folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is no folder", done.stderr)
        synthetic_run.make(self.run_folder)
        done = quick_report(self.run_folder.parent)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is no run folder", done.stderr)
        self.assertIn(f"the runs {self.run_folder.name}.", done.stderr)
        self.assertFalse((self.run_folder.parent / "report.html").exists())

    def test_a_run_that_has_made_nothing_gives_a_page(self):
        self.run_folder.mkdir()
        (self.run_folder / "run.status").write_text("failed: no space\n")
        done = quick_report(self.run_folder, "--table")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((self.run_folder / "report.html").is_file())

    def test_a_run_that_was_killed_is_not_said_to_be_running(self):
        self.run_folder.mkdir()
        (self.run_folder / "run.status").write_text("running\n")
        lock = self.run_folder / "run.lock"
        def told():
            quick_report(self.run_folder)
            return json.loads((self.run_folder / "summary.json").read_text())["status"]
        lock.write_text(f"process 1 on {socket.gethostname()}, since then\n")
        with open(lock) as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.assertEqual(told(), "running")
        self.assertTrue(told().startswith("killed: "))
        lock.write_text("process 1 on another, since then\n")
        self.assertTrue(told().startswith("running or killed: "))


if __name__ == "__main__":
    unittest.main()
