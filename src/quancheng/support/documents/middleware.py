"""Takes in uploads: what does not fit on the disk is refused in words, before any view asks for it."""

from typing import Any

from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler

from quancheng.support.documents.actions.keeping import FULL, NoRoom


class Uploads(TemporaryFileUploadHandler):
    """Writes each upload to a temporary file. A full disk ends the upload and leaves `request.refusal` behind.

    The rest of the request is read and forgotten, so that the browser waits for an answer instead of losing it.
    """

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().new_file(*args, **kwargs)
        except OSError as error:
            self._end(error)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            self._end(error)

    def _end(self, error: OSError) -> None:
        if error.errno not in FULL:
            raise error
        self.request.refusal = NoRoom(name=self.file_name)  # type: ignore[union-attr]
        raise StopUpload(connection_reset=False) from error
