from hairopt.measure.photo_spool import PhotoSpool


def test_photos_come_back_whole_however_many_there_are():
    photos = [bytes([number]) * (400 * number) for number in range(6)]
    for in_memory_bytes in (100, 1500, 1_000_000):
        with PhotoSpool(in_memory_bytes) as spool:
            reads = [spool.keep(photo) for photo in photos]
            for order in (range(6), (5, 0, 3, 3, 1)):
                assert all(reads[i]() == photos[i] for i in order)
            late = spool.keep(b"late")
            assert (late(), reads[2]()) == (b"late", photos[2])
