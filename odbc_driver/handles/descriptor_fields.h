#pragma once

#include <variant>

#include "odbc_driver/handles/descriptor.h"

// The fields of a descriptor as SQLSetDescField's and SQLGetDescField's tables list them: where
// each is kept, and in which descriptors it can be read and written.

namespace sluice::driver {

using RecordMember = std::variant<SQLSMALLINT DescriptorRecord::*, SQLINTEGER DescriptorRecord::*,
                                  SQLLEN DescriptorRecord::*, SQLULEN DescriptorRecord::*,
                                  std::string DescriptorRecord::*, SQLPOINTER DescriptorRecord::*>;

using HeaderMember = std::variant<SQLULEN DescriptorHeader::*, SQLINTEGER DescriptorHeader::*,
                                  SQLPOINTER DescriptorHeader::*>;

// Sums of DescriptorRole.
struct RecordField {
  SQLSMALLINT id;
  RecordMember member;
  unsigned readable;
  unsigned writable;
};

struct HeaderField {
  SQLSMALLINT id;
  HeaderMember member;
  unsigned readable;
  unsigned writable;
};

// nullptr: no such field.
const RecordField* FindRecordField(SQLSMALLINT id);
const HeaderField* FindHeaderField(SQLSMALLINT id);

FieldValue ReadRecordField(const DescriptorRecord& record, const RecordField& field);

}  // namespace sluice::driver
