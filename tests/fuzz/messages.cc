#include "tests/fuzz/messages.h"

#include <google/protobuf/descriptor.h>

#include "tests/fuzz/check.h"

namespace vervet::fuzz {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

constexpr int kMaxChanges = 8;
constexpr int kMaxDepth = 6;
constexpr size_t kMaxGrownBytes = 4'096;

// Lengths at which fields have their limits, and their neighbours.
constexpr uint32_t kLengths[] = {0,  1,  2,   15,  16,  17,  31,  32,  33,  63,  64,
                                 65, 96, 127, 128, 129, 255, 256, 257, 511, 512, 513};

std::string MadeUtf8(std::string text) {
  if (IsUtf8(text)) return text;
  for (char& c : text) c = static_cast<char>(c & 0x7f);
  return text;
}

std::string ChangedText(Input& in, const std::vector<std::string>& palette, std::string old) {
  switch (in.Below(6)) {
    case 0:
      return palette.empty() ? "" : palette[in.Below(static_cast<uint32_t>(palette.size()))];
    case 1:
      return in.ShortBytes();
    case 2: {
      const uint32_t length = kLengths[in.Below(std::size(kLengths))];
      return std::string(length, static_cast<char>(in.Byte()));
    }
    case 3:
      if (!old.empty()) {
        const uint32_t at = in.Below(static_cast<uint32_t>(std::min<size_t>(old.size(), 65'536)));
        old[at] = static_cast<char>(in.Byte());
      }
      return old;
    case 4:
      return old.substr(0, in.Byte());
    default:
      return old + in.ShortBytes();
  }
}

std::string TextOf(Input& in, const Palette& palette, const Field& field, std::string old) {
  if (field.type() == Field::TYPE_BYTES) return ChangedText(in, palette.bytes, std::move(old));
  return MadeUtf8(ChangedText(in, palette.texts, std::move(old)));
}

uint64_t NumberOf(Input& in, const Palette& palette, uint64_t old) {
  switch (in.Below(6)) {
    case 0:
      return palette.numbers.empty()
                 ? 0
                 : palette.numbers[in.Below(static_cast<uint32_t>(palette.numbers.size()))];
    case 1:
      return in.Byte();
    case 2:
      return old + 1;
    case 3:
      return old - 1;
    case 4:
      return uint64_t{1} << in.Below(64);
    default:
      return in.Number();
  }
}

int EnumOf(Input& in) {
  const int number = static_cast<int>(in.Byte()) - 8;  // known ones, unknown ones, negative ones
  return number > 200 ? 0x7fffffff : number;
}

// One value of a field that is no message: the singular one, or the one at `index`.
void SetValue(Input& in, const Palette& palette, const Field& field, int index,
              pb::Message* message) {
  const pb::Reflection& reflection = *message->GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_STRING: {
      const std::string old = repeated ? reflection.GetRepeatedString(*message, &field, index)
                                       : reflection.GetString(*message, &field);
      std::string text = TextOf(in, palette, field, old);
      repeated ? reflection.SetRepeatedString(message, &field, index, std::move(text))
               : reflection.SetString(message, &field, std::move(text));
      return;
    }
    case Field::CPPTYPE_ENUM: {
      const int number = EnumOf(in);
      repeated ? reflection.SetRepeatedEnumValue(message, &field, index, number)
               : reflection.SetEnumValue(message, &field, number);
      return;
    }
    case Field::CPPTYPE_BOOL: {
      const bool flag = in.Flag();
      repeated ? reflection.SetRepeatedBool(message, &field, index, flag)
               : reflection.SetBool(message, &field, flag);
      return;
    }
#define VERVET_FUZZ_NUMBER(CPPTYPE, Name, type)                                              \
  case Field::CPPTYPE: {                                                                     \
    const auto old = repeated ? reflection.GetRepeated##Name(*message, &field, index)        \
                              : reflection.Get##Name(*message, &field);                      \
    const auto value = static_cast<type>(NumberOf(in, palette, static_cast<uint64_t>(old))); \
    repeated ? reflection.SetRepeated##Name(message, &field, index, value)                   \
             : reflection.Set##Name(message, &field, value);                                 \
    return;                                                                                  \
  }
      VERVET_FUZZ_NUMBER(CPPTYPE_INT32, Int32, int32_t)
      VERVET_FUZZ_NUMBER(CPPTYPE_INT64, Int64, int64_t)
      VERVET_FUZZ_NUMBER(CPPTYPE_UINT32, UInt32, uint32_t)
      VERVET_FUZZ_NUMBER(CPPTYPE_UINT64, UInt64, uint64_t)
#undef VERVET_FUZZ_NUMBER
    default:
      return;  // the protocol has no other types
  }
}

void AddValue(Input& in, const Palette& palette, const Field& field, pb::Message* message) {
  const pb::Reflection& reflection = *message->GetReflection();
  const int size = reflection.FieldSize(*message, &field);
  switch (field.cpp_type()) {
    case Field::CPPTYPE_MESSAGE: {
      pb::Message* added = reflection.AddMessage(message, &field);
      // One like the last, so that it is nearly right.
      if (size > 0) {
        const std::string like =
            reflection.GetRepeatedMessage(*message, &field, size - 1).SerializeAsString();
        added->ParseFromString(like);
      }
      return;
    }
    case Field::CPPTYPE_STRING:
      reflection.AddString(message, &field, "");
      break;
    case Field::CPPTYPE_ENUM:
      reflection.AddEnumValue(message, &field, 0);
      break;
    case Field::CPPTYPE_UINT32:
      reflection.AddUInt32(message, &field, 0);
      break;
    case Field::CPPTYPE_UINT64:
      reflection.AddUInt64(message, &field, 0);
      break;
    default:
      return;
  }
  SetValue(in, palette, field, size, message);
}

void ChangeOnce(Input& in, const Palette& palette, pb::Message* message, int depth);

void ChangeRepeated(Input& in, const Palette& palette, const Field& field, pb::Message* message,
                    int depth) {
  const pb::Reflection& reflection = *message->GetReflection();
  const int size = reflection.FieldSize(*message, &field);
  const uint32_t what = in.Below(8);
  if (size == 0 || what < 2) return AddValue(in, palette, field, message);
  if (what == 2) return reflection.RemoveLast(message, &field);
  if (what == 3) {
    // Many, for the limits; not many of many.
    if (message->ByteSizeLong() > kMaxGrownBytes) return;
    for (uint32_t count = kLengths[in.Below(std::size(kLengths))]; count > 0; --count) {
      AddValue(in, palette, field, message);
    }
    return;
  }
  const int index = static_cast<int>(in.Below(static_cast<uint32_t>(std::min(size, 65'536))));
  if (field.cpp_type() == Field::CPPTYPE_MESSAGE) {
    return ChangeOnce(in, palette, reflection.MutableRepeatedMessage(message, &field, index),
                      depth + 1);
  }
  SetValue(in, palette, field, index, message);
}

void ChangeOnce(Input& in, const Palette& palette, pb::Message* message, int depth) {
  const pb::Descriptor& descriptor = *message->GetDescriptor();
  if (descriptor.field_count() == 0 || depth > kMaxDepth) return;
  const Field& field = *descriptor.field(
      static_cast<int>(in.Below(static_cast<uint32_t>(descriptor.field_count()))));
  const pb::Reflection& reflection = *message->GetReflection();
  if (field.is_repeated()) return ChangeRepeated(in, palette, field, message, depth);
  if (in.Below(8) == 0) return reflection.ClearField(message, &field);
  if (field.cpp_type() == Field::CPPTYPE_MESSAGE) {
    return ChangeOnce(in, palette, reflection.MutableMessage(message, &field), depth + 1);
  }
  SetValue(in, palette, field, 0, message);
}

}  // namespace

void ChangeMessage(Input& in, const Palette& palette, pb::Message* message) {
  for (int i = 0; i < kMaxChanges && !in.empty(); ++i) ChangeOnce(in, palette, message, 0);
}

}  // namespace vervet::fuzz
