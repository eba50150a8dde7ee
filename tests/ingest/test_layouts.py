"""Every layout by a small file: what is stored, under which hour, in which unit; and the real files where they are."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest

from evaluation.calendar import SHANGHAI
from indicators.known_days import city_days
from indicators.models import (
    AirDay,
    AirHour,
    Comparison,
    Figure,
    Finding,
    OfferedValue,
    Revision,
    Submission,
    WaterValue,
)
from ingest.folders import find_files, is_register
from provinces.models import Region, Site
from tests.ingest import files
from tests.ingest.files import written

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def hours_of_march_first(tmp_path):
    """The 24 hours of 1 March 2021: hour 0 of the 2nd closes it."""
    first = written(tmp_path, "china_sites_20210301.csv", files.national("20210301", range(1, 24)))
    second = written(tmp_path, "china_sites_20210302.csv", files.national("20210302", [0]))
    return first, second


def test_a_day_is_the_hours_that_end_within_it_and_hour_0_closes_the_day_before(tmp_path, ingest, stations):
    answer = ingest(*hours_of_march_first(tmp_path))
    assert [one["state"] for one in answer["submissions"]] == ["accepted", "accepted"]
    assert [one["rows_stored"] for one in answer["submissions"]] == [46, 2]
    last = AirHour.objects.order_by("-ts").first()
    assert last.ts.astimezone(SHANGHAI) == datetime(2021, 3, 2, 0, tzinfo=SHANGHAI)
    day = AirDay.objects.get(region="430400")
    assert (day.day, day.hours_valid, day.hours_possible) == (date(2021, 3, 1), 48, 48)
    assert day.pm25_fg == 30 * 10**9
    assert day.co_pg == 7 * 10**8
    assert day.aqi == 50  # PM10 of 50 and PM2.5 of 30: 50·30/35 = 42.9 up to 43; PM10 50 -> 50 (HJ 633-2012 table 1)
    assert day.standard == "HJ 633-2012"


def test_hour_0_that_arrives_a_day_later_completes_the_day_before(tmp_path, ingest, stations):
    first, second = hours_of_march_first(tmp_path)
    ingest(first)
    assert AirDay.objects.get(region="430400").hours_valid == 46
    ingest(second)
    assert AirDay.objects.get(region="430400").hours_valid == 48


def test_the_register_beside_the_files_is_read_before_them(tmp_path, ingest):
    written(tmp_path, "a_china_sites_20210301.csv", files.national("20210301", range(1, 24)))
    written(tmp_path, "stations.csv", files.REGISTER)
    answer = ingest(tmp_path)
    assert [one["reader"] for one in answer["submissions"]] == ["site_register", "national_archive"]
    assert AirHour.objects.count() == 46


def test_city_hours_are_kept_and_make_no_city_day(tmp_path, ingest):
    path = written(tmp_path, "china_cities_20210301.csv", files.national("20210301", range(1, 24), sites=("衡阳",)))
    assert ingest(path)["submissions"][0]["rows_stored"] == 23
    assert set(Site.objects.filter(airhour__isnull=False).values_list("kind", flat=True)) == {Site.Kind.CITY_AVERAGE}
    assert not AirDay.objects.exists()


def test_hourly_site_file_of_a_city_by_name(tmp_path, ingest, stations):
    answer = ingest(written(tmp_path, "衡阳.csv", files.SITE_HOURS))
    one = answer["submissions"][0]
    assert (one["reader"], one["state"], one["rows_stored"]) == ("site_hours", "accepted", 1)
    hour = AirHour.objects.get()
    assert hour.ts.astimezone(SHANGHAI).hour == 8
    assert (hour.pm25_ng, hour.o3_ng, hour.co_ug) == (31_000, 61_000, 800)  # the hour's ozone, not the 8 h one


def test_daily_city_file_keeps_ozone_out_unless_its_statistic_is_declared(tmp_path, ingest):
    path = written(tmp_path, "衡阳.csv", files.CITY_DAYS)
    one = ingest(path)["submissions"][0]
    assert one["rows_stored"] == 2
    assert {finding["code"] for finding in one["findings"]} == {"statistic_not_stated"}
    day = AirDay.objects.get(day=date(2020, 3, 1))
    assert (day.pm25_fg, day.o3_8h_fg, day.basis) == (40_500_000_000, None, AirDay.Basis.FILE)
    assert day.aqi is None  # five of six pollutants, none of them above 100
    declared = written(tmp_path, "衡阳2.csv", files.CITY_DAYS.replace("62.1", "62.2"))
    assert ingest(declared, "--reader", "city_days_o3_8h")["submissions"][0]["state"] == "accepted"
    day.refresh_from_db()
    assert day.o3_8h_fg == 88 * 10**9
    assert day.aqi == 57  # PM2.5 40.5: 50 + 50·5.5/40 = 56.9 up to 57


def test_water_csv_gets_its_year_from_its_folder(tmp_path, ingest):
    folder = tmp_path / "试验断面" / "2021-03"
    folder.mkdir(parents=True)
    one = ingest(written(folder, "试验断面.csv", files.WATER))["submissions"][0]
    assert (one["reader"], one["state"], one["rows_stored"]) == ("water_section_csv", "accepted", 1)
    assert dict(WaterValue.objects.values_list("item", "micro"))["NH3-N"] == 120_000
    assert WaterValue.objects.first().ts.astimezone(SHANGHAI) == datetime(2021, 3, 1, 4, tzinfo=SHANGHAI)


def test_consulate_hours_are_comparisons_and_never_a_city_figure(tmp_path, ingest):
    one = ingest(written(tmp_path, "Guangzhou_PM2.5_2021_YTD.csv", files.CONSULATE))["submissions"][0]
    assert (one["reader"], one["rows_stored"], one["rows_set_aside"]) == (
        "consulate",
        1,
        0,
    )  # a missing value is no row
    assert Comparison.objects.count() == 1
    assert not AirHour.objects.exists()
    assert not AirDay.objects.exists()


def test_a_published_target_is_offered_and_is_no_observation(tmp_path, ingest):
    text = (
        files.FIGURE_HEAD
        + files.figure()
        + files.figure(period_start="2021-01", period_end="2021-12", value="36", kind="target", operator="<=")
    )
    one = ingest(written(tmp_path, "figures.csv", text))["submissions"][0]
    assert one["rows_stored"] == 2
    assert [figure.value for figure in Figure.objects.all()] == [Decimal(40)]
    assert [(offer.comparator, offer.value) for offer in OfferedValue.objects.all()] == [("<=", Decimal(36))]


@pytest.mark.parametrize("packed", ["gz", "zip", "tar.gz"])
def test_packed_files_are_opened(tmp_path, ingest, packed):
    data, path = files.CONSULATE.encode(), tmp_path / f"Guangzhou_PM2.5_2021_YTD.csv.{packed}"
    if packed == "gz":
        path.write_bytes(gzip.compress(data))
    elif packed == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("Guangzhou_PM2.5_2021_YTD.csv", data)
    else:
        with tarfile.open(path, "w:gz") as archive:
            member = tarfile.TarInfo("Guangzhou_PM2.5_2021_YTD.csv")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    assert ingest(path)["submissions"][0]["rows_stored"] == 1


def test_the_same_bytes_again_are_one_submission(tmp_path, ingest, stations):
    path = written(tmp_path, "china_sites_20210301.csv", files.national("20210301", [1]))
    first, again = (ingest(path)["submissions"][0] for _ in range(2))
    assert (first["duplicate"], first["rows_stored"]) == (False, 2)
    assert (again["duplicate"], again["rows_stored"], again["state"]) == (True, 0, "accepted")
    assert Submission.objects.filter(sha256=first["sha256"]).count() == 1


def test_a_dry_run_answers_as_if_loaded_and_writes_nothing(tmp_path, ingest, stations):
    first, second = hours_of_march_first(tmp_path)
    before = Submission.objects.count()
    rehearsed = ingest(first, second, "--dry-run")
    assert (Submission.objects.count(), AirHour.objects.count(), Finding.objects.count()) == (before, 0, 0)
    assert ingest(first, second) == rehearsed


def test_a_revised_hour_moves_the_old_value_to_a_revision_and_earlier_days_still_show_it(tmp_path, ingest, stations):
    ingest(*hours_of_march_first(tmp_path))
    corrected = files.national("20210301", range(1, 24), {**files.PLAIN, "PM2.5": "45"})
    one = ingest(written(tmp_path, "china_sites_20210301_v2.csv", corrected))["submissions"][0]
    assert one["rows_stored"] == 46
    assert Revision.objects.filter(item="PM2.5", old_value="30", new_value="45").count() == 46
    day = date(2021, 3, 1)
    now = city_days(["430400"], day, day)["430400"]
    then = city_days(["430400"], day, day, as_of=day)["430400"]
    assert now.figures["pm25"][0] == (45 * 23 + 30) * 10**9 // 24
    assert then.figures["pm25"][0] == 30 * 10**9
    assert then.aqi[0] == 50


def test_a_real_value_displaces_a_simulated_one_and_never_the_reverse(tmp_path, ingest, stations):
    simulated = written(tmp_path, "sim.csv", files.national("20210301", [1]))
    ingest(simulated)
    Submission.objects.filter(name__endswith="sim.csv").update(simulated=True)
    ingest(written(tmp_path, "real.csv", files.national("20210301", [1], {"PM2.5": "12"})))
    hour = AirHour.objects.first()
    assert (hour.pm25_ng, hour.pm10_ng) == (12_000, None)  # the whole row is real
    assert Revision.objects.filter(old_simulated=True).count() == 12
    from ingest.services import load_submission, receive_file

    later = receive_file(
        "later.csv", files.national("20210301", [1], {"PM2.5": "99"}).encode(), via="command", simulated=True
    )
    load_submission(later.submission.pk)
    hour.refresh_from_db()
    assert hour.pm25_ng == 12_000
    assert [finding.code for finding in later.submission.findings.all()] == ["behind_higher_grade"]


def test_what_export_writes_of_figures_is_the_layout_that_is_read():
    from goals.exports import _FIGURE_COLUMNS
    from ingest.readers.published_figures import COLUMNS

    assert (*COLUMNS, "simulated") == _FIGURE_COLUMNS


def test_an_unknown_reader_and_a_missing_path_are_wrong_use(tmp_path, db):
    from django.core.management import CommandError, call_command

    with pytest.raises(CommandError) as error:
        call_command("ingest", str(tmp_path), "--reader", "nonsense")
    assert error.value.returncode == 2
    with pytest.raises(CommandError) as error:
        call_command("ingest", str(tmp_path / "nothing here"))
    assert error.value.returncode == 2


# ---- the real files ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "reader", "least"),
    [
        ("layouts/national_archive", "national_archive", 100_000),
        ("air_hourly_sites_2020_04/samples", "site_hours", 500),
        ("air_daily_2013_2017/samples", "city_days", 1_000),
        ("air_hourly_consulate", "consulate", 50_000),
        ("water_auto/samples", "water_day_json", 90),
        ("published_figures/published_figures.csv", "published_figures", 500),
    ],
)
def test_the_real_files_of_each_layout(shared, ingest, path, reader, least):
    answer = ingest(shared / "data" / path)
    accepted = [one for one in answer["submissions"] if one["state"] == "accepted"]
    assert sum(one["rows_stored"] for one in accepted if one["reader"] == reader) >= least
    for one in answer["submissions"]:
        assert one["rows_read"] >= one["rows_set_aside"]
        assert all(finding["message"] for finding in one["findings"])


def test_every_region_of_the_five_plans_is_known(db):
    assert {region.counts_as_city for region in Region.objects.filter(code__in=["430400", "440100", "210200"])} == {
        True
    }


def test_a_table_whose_header_is_longer_than_a_glance_is_no_register(tmp_path):
    """A research table with quoted headings: its first 200 bytes end within a quote."""
    header = ",".join(f'"column {n}"' for n in range(400))
    (tmp_path / "days.csv").write_text(f"{header}\n" + ",".join("1" for _ in range(400)), encoding="utf-8")
    found = find_files([tmp_path])
    assert [path.name for path in found] == ["days.csv"]
    assert not is_register(found[0])
