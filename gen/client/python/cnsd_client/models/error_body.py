from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..models.error_code import ErrorCode
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.error_details import ErrorDetails


T = TypeVar("T", bound="ErrorBody")


@_attrs_define
class ErrorBody:
    """The one shape of every error.

    Attributes:
        code (ErrorCode): Machine-readable kind of the error.
        message (str): What was wrong, where, and what would be right, for people.
        request_id (UUID): The answer's `X-Request-Id`.
        timestamp (datetime.datetime): Time of the answer.
        retryable (bool): Whether the same request may succeed later.
        details (ErrorDetails | Unset): The message's facts for programs, as far as there are any.
    """

    code: ErrorCode
    message: str
    request_id: UUID
    timestamp: datetime.datetime
    retryable: bool
    details: ErrorDetails | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        code = self.code.value

        message = self.message

        request_id = str(self.request_id)

        timestamp = self.timestamp.isoformat()

        retryable = self.retryable

        details: dict[str, Any] | Unset = UNSET
        if not isinstance(self.details, Unset):
            details = self.details.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "message": message,
                "requestId": request_id,
                "timestamp": timestamp,
                "retryable": retryable,
            }
        )
        if details is not UNSET:
            field_dict["details"] = details

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.error_details import ErrorDetails  # noqa: PLC0415

        d = dict(src_dict)
        code = ErrorCode(d.pop("code"))

        message = d.pop("message")

        request_id = UUID(d.pop("requestId"))

        timestamp = datetime.datetime.fromisoformat(d.pop("timestamp"))

        retryable = d.pop("retryable")

        _details = d.pop("details", UNSET)
        details: ErrorDetails | Unset
        if isinstance(_details, Unset):
            details = UNSET
        else:
            details = ErrorDetails.from_dict(_details)

        error_body = cls(
            code=code,
            message=message,
            request_id=request_id,
            timestamp=timestamp,
            retryable=retryable,
            details=details,
        )

        return error_body
