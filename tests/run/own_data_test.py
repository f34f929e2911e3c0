"""Shot records and positions from outside take the place of simulated ones; trained flows stay valid for other records."""

import os

import h5py
import numpy

from case import RunCase, main


class OwnData(RunCase):
    def setUp(self):
        super().setUp()
        self.bornflow("run", self.parameter_file, "--run.tasks=model,migrate", f"--run.folder={self.path('simulated')}")
        with h5py.File(self.path("simulated", "observed.h5"), "r") as file:
            self.traces = file["traces"][...]
            self.points = {name: file[name][...] for name in ("sources", "receivers")}

    def records(self, name="records.h5", **changes):
        """A file as somebody else would write it, and the arguments that read it."""
        content = {"traces": self.traces, **self.points, **changes}
        with h5py.File(self.path(name), "w") as file:
            for key in ("traces", "sources", "receivers"):
                if content[key] is not None:
                    file[key] = content[key]
            file.attrs["sample_interval"] = content.get("sample_interval", 0.004)
        return ["--observed.truth=unknown", f"--observed.file={self.path(name)}"]

    def refuse(self, arguments, expect):
        return self.bornflow("model", self.parameter_file, *arguments, expect=expect)

    def test_give_the_image_that_the_same_records_gave_when_they_were_simulated(self):
        own = self.records()
        text = self.bornflow("run", self.parameter_file, "--run.tasks=model,migrate,invert", *own, ranks=2)
        self.assertIn("read 5 shots of", text)
        self.assertNotIn("WARNING", text)
        with h5py.File(self.path("run", "observed.h5"), "r") as file:
            self.assertNotIn("truth", file)
            numpy.testing.assert_array_equal(file["traces"], self.traces)
        with h5py.File(self.path("run", "migrated.h5"), "r") as mine, h5py.File(self.path("simulated", "migrated.h5"), "r") as simulated:
            numpy.testing.assert_array_equal(mine["image"], simulated["image"])

    def test_other_records_need_no_other_flow(self):
        tasks = "--run.tasks=model,migrate,pairs,train,posterior"
        self.bornflow("run", self.parameter_file, tasks, *self.records(), ranks=2)
        before = {name: os.stat(self.path("run", name)).st_mtime_ns for name in ("pairs.h5", "flow.h5")}
        others = self.records(traces=(1.5 * self.traces).astype("f8"))
        self.assertIn("the contents of [observed] file", self.bornflow("run", self.parameter_file, tasks, *others, expect=2))
        self.bornflow("run", self.parameter_file, tasks, "--run.overwrite=true", *others)
        self.assertEqual(before, {name: os.stat(self.path("run", name)).st_mtime_ns for name in before})
        with h5py.File(self.path("run", "posterior.h5"), "r") as file:
            self.assertTrue(numpy.isfinite(file["mean"][...]).all())

    def test_records_of_another_survey_are_refused(self):
        self.assertIn("/traces is (4, 8, 101)", self.refuse(self.records(traces=self.traces[:4]), 3))
        self.assertIn("sample_interval is 0.002 s", self.refuse(self.records(sample_interval=0.002), 2))
        receivers = self.points["receivers"].copy()
        receivers[3, 0] += 1
        self.assertIn("(point 3, x)", self.refuse(self.records(receivers=receivers), 2))
        self.assertIn("/receivers is (7, 3)", self.refuse(self.records(receivers=receivers[:7]), 3))
        spoilt = self.traces.copy()
        spoilt[2, 5, 17] = numpy.nan
        self.assertIn("not finite in shot 2", self.refuse(self.records(traces=spoilt), 3))
        self.assertIn("has no dataset /shots", self.refuse([*self.records(), "--observed.dataset=/shots"], 3))

    def test_records_in_another_unit_are_warned_of(self):
        own = self.records(traces=1e6 * self.traces, sources=None, receivers=None)
        self.assertIn("times as strong as Born data of the prior", self.bornflow("model", self.parameter_file, *own))

    def test_a_file_that_is_not_read_or_not_named_is_an_error(self):
        self.assertIn("Set truth = unknown", self.refuse(["--observed.file=x.h5"], 2))
        self.assertIn("needs [observed] file", self.refuse(["--observed.truth=unknown"], 2))
        self.assertIn("[observed] file = '/nowhere.h5'", self.refuse(["--observed.truth=unknown", "--observed.file=/nowhere.h5"], 2))


class OwnPositions(RunCase):
    def positions(self, sources, receivers):
        with h5py.File(self.path("survey.h5"), "w") as file:
            file["sources"], file["receivers"] = numpy.asarray(sources), numpy.asarray(receivers)
        return [f"--acquisition.file={self.path('survey.h5')}", "--train.flip=false"]

    def test_those_of_the_lines_give_the_same_bits(self):
        tasks = "--run.tasks=model,migrate"
        self.bornflow("run", self.parameter_file, tasks, f"--run.folder={self.path('lines')}")
        with h5py.File(self.path("lines", "observed.h5"), "r") as file:
            own = self.positions(file["sources"][...], file["receivers"][...])
            traces = file["traces"][...]
        self.bornflow("run", self.parameter_file, tasks, *own, ranks=2)
        with h5py.File(self.path("run", "observed.h5"), "r") as file:
            numpy.testing.assert_array_equal(file["traces"], traces)

    def test_any_positions_pass_the_tests_of_the_operators(self):
        rng = numpy.random.default_rng(2)
        place = lambda n: numpy.stack([rng.uniform(0, 620, n), 0 * rng.uniform(size=n), rng.uniform(10, 300, n)], axis=1)
        own = self.positions(place(3), place(11))
        self.bornflow("verify", self.parameter_file, *own, ranks=3)
        self.bornflow("run", self.parameter_file, "--run.tasks=model,migrate", *own, ranks=2)
        with h5py.File(self.path("run", "observed.h5"), "r") as file:
            self.assertEqual(file["traces"].shape, (3, 11, 101))

    def test_positions_that_cannot_be_are_refused(self):
        refuse = lambda arguments, expect=2: self.bornflow("pairs", self.parameter_file, *arguments, expect=expect)
        inside, outside = [[100, 0, 20]], [[100, 0, 20], [700, 0, 20]]
        self.assertIn("Receiver 1 of 2", refuse(self.positions(inside, outside)))
        self.assertIn("flip = true", refuse(self.positions(inside, inside)[:1]))
        self.assertIn("not of the shape (n, 3)", refuse(self.positions(inside, [[100, 20]]), 3))
        self.assertIn("not finite in row 0", refuse(self.positions([[100, 0, numpy.nan]], inside), 3))
        self.assertIn("free surface", refuse([*self.positions([[100, 0, 0]], inside), "--wave.free_surface=true"]))
        self.assertIn("[acquisition] file = '/nowhere.h5'", refuse(["--acquisition.file=/nowhere.h5"]))


if __name__ == "__main__":
    main()
