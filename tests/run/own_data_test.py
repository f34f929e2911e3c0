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
        self.assertIn("receiver 3 of shot 0 in /receivers has x = ", self.refuse(self.records(receivers=receivers), 2))
        dry = self.bornflow("run", self.parameter_file, "--dry-run", *self.records(receivers=receivers), expect=2)
        self.assertIn("receiver 3 of shot 0", dry)
        self.assertIn("/receivers is (7, 3)", self.refuse(self.records(receivers=receivers[:7]), 3))
        spoilt = self.traces.copy()
        spoilt[2, 5, 17] = numpy.nan
        self.assertIn("not finite in shot 2", self.refuse(self.records(traces=spoilt), 3))
        self.assertIn("has no dataset /shots", self.refuse([*self.records(), "--observed.dataset=/shots"], 3))

    def test_records_in_another_unit_are_warned_of(self):
        own = self.records(traces=1e6 * self.traces, sources=None, receivers=None)
        self.assertIn("times as strong as Born data of the prior", self.bornflow("model", self.parameter_file, *own))

    def test_dead_traces_are_warned_of_and_can_be_marked(self):
        dead = self.traces.copy()
        dead[1, 3] = dead[4, 0] = 0
        own = self.records(traces=dead)
        self.assertIn("2 traces are zero throughout", self.bornflow("model", self.parameter_file, *own, ranks=2))
        receivers = numpy.repeat(self.points["receivers"][None], len(dead), axis=0)
        receivers[1, 3] = receivers[4, 0] = numpy.nan
        marked = ["--run.overwrite=true", "--train.flip=false", f"--acquisition.file={self.path('survey.h5')}"]
        with h5py.File(self.path("survey.h5"), "w") as file:
            file["sources"], file["receivers"] = self.points["sources"], receivers
        images = []
        for ranks, value in (1, numpy.nan), (2, 1e9):   # nothing reads them
            dead[1, 3] = dead[4, 0] = value
            text = self.bornflow("run", self.parameter_file, "--run.tasks=model,migrate,invert", *marked,
                                 *self.records(traces=dead, receivers=receivers), ranks=ranks)
            self.assertNotIn("WARNING", text)
            with h5py.File(self.path("run", "migrated.h5"), "r") as file:
                images.append(file["image"][...])
            with h5py.File(self.path("run", "observed.h5"), "r") as file:
                self.assertFalse(file["traces"][1, 3].any() or file["traces"][4, 0].any())
                numpy.testing.assert_array_equal(file["receivers"], receivers)
        numpy.testing.assert_array_equal(*images)
        # The records may keep the places of all receivers, dead ones included: of all shots, or of each.
        each = numpy.repeat(self.points["receivers"][None], len(dead), axis=0)
        for places in self.points["receivers"], each:
            self.bornflow("model", self.parameter_file, *marked, *self.records(traces=dead, receivers=places))
        each[3, 5, 0] += 1
        self.assertIn("receiver 5 of shot 3", self.refuse([*marked, *self.records(traces=dead, receivers=each)], 2))
        each[3, 5] = numpy.nan   # alive in [acquisition]
        self.assertIn("x = nan m where [acquisition] puts", self.refuse([*marked, *self.records(traces=dead, receivers=each)], 2))

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

    def test_receivers_may_move_with_the_source_and_be_absent(self):
        sources = [[x, 0, 20] for x in (100, 250, 400)]
        receivers = numpy.array([[[x + offset, 0, 12] for offset in range(20, 220, 20)] for x, _, _ in sources], dtype="f8")
        receivers[2, 8:] = numpy.nan
        own = self.positions(sources, receivers)
        self.bornflow("verify", self.parameter_file, *own, ranks=3)
        tasks = "--run.tasks=model,migrate,pairs,train,posterior"
        traces = []
        for ranks in 1, 2:
            folder = self.path(f"of_{ranks}")
            self.bornflow("run", self.parameter_file, tasks, *own, f"--run.folder={folder}", ranks=ranks)
            with h5py.File(os.path.join(folder, "observed.h5"), "r") as file:
                traces.append(file["traces"][...])
                numpy.testing.assert_array_equal(file["receivers"], receivers)
        numpy.testing.assert_array_equal(*traces)
        silent = ~traces[0].any(axis=2)   # not even noise
        numpy.testing.assert_array_equal(silent, numpy.isnan(receivers[:, :, 0]))

    def test_positions_that_cannot_be_are_refused(self):
        refuse = lambda arguments, expect=2: self.bornflow("pairs", self.parameter_file, *arguments, expect=expect)
        inside, outside = [[100, 0, 20]], [[100, 0, 20], [700, 0, 20]]
        self.assertIn("Receiver 1 of 2", refuse(self.positions(inside, outside)))
        self.assertIn("flip = true", refuse(self.positions(inside, inside)[:1]))
        self.assertIn("not of the shape (n, 3)", refuse(self.positions(inside, [[100, 20]]), 3))
        self.assertIn("not finite in row 0", refuse(self.positions([[100, 0, numpy.nan]], inside), 3))
        moving = numpy.tile(numpy.array(inside, dtype="f8"), (2, 4, 1))
        self.assertIn("/receivers are of 2 shots, /sources of 1", refuse(self.positions(inside, moving), 3))
        moving[1, 2, 0] = numpy.nan
        self.assertIn("not finite in row 2 of shot 1", refuse(self.positions(2 * inside, moving), 3))
        moving[1] = numpy.nan
        self.assertIn("Shot 1 has no receiver", refuse(self.positions(2 * inside, moving)))
        simultaneous = [*self.positions(2 * inside, moving), "--acquisition.simultaneous=1"]
        self.assertIn("receivers that record every source", refuse(simultaneous))
        self.assertIn("free surface", refuse([*self.positions([[100, 0, 0]], inside), "--wave.free_surface=true"]))
        self.assertIn("[acquisition] file = '/nowhere.h5'", refuse(["--acquisition.file=/nowhere.h5"]))


if __name__ == "__main__":
    main()
