from hairopt.measure.photo_spool import PhotoSpool


def test_photos_come_back_whole_in_any_order(tmp_path):
    photos = [bytes([number]) * (400 * number) for number in range(6)]
    spool = PhotoSpool(tmp_path / "photos")
    kept = [spool.keep(photo) for photo in photos]
    for order in (range(6), (5, 0, 3, 3, 1)):
        assert all(kept[i].read() == photos[i] for i in order)
    late = spool.keep(b"late")
    assert (late.read(), kept[2].read()) == (b"late", photos[2])
