#include "core/oprf/group.h"

#include "absl/hash/hash_testing.h"
#include "core/base/manual_environment.h"
#include "tests/core/oprf/oprf_testing.h"

namespace vervet::oprf {
namespace {

using absl::StatusCode;

auto DecodeElement(absl::string_view hex) { return Element::Decode(AsBytes(Unhex(hex))); }
auto DecodeScalar(absl::string_view hex) { return Scalar::Decode(AsBytes(Unhex(hex))); }

TEST(Element, KeepsACanonicalEncodingAsItIs) {
  const auto element = DecodeElement(kGenerator);
  ASSERT_TRUE(element.ok()) << element.status();
  EXPECT_EQ(Hex(element->bytes()), kGenerator);
}

TEST(Element, RefusesAnotherLength) {
  EXPECT_THAT(DecodeElement(""), FailsWith(StatusCode::kInvalidArgument, "0 bytes"));
  EXPECT_THAT(DecodeElement(kGenerator.substr(2)),
              FailsWith(StatusCode::kInvalidArgument, "31 bytes"));
  EXPECT_THAT(Element::Decode(AsBytes(Unhex(kGenerator) + "x")),
              FailsWith(StatusCode::kInvalidArgument, "33 bytes"));
}

TEST(Element, RefusesTheIdentity) {
  EXPECT_THAT(Element::Decode(AsBytes(std::string(32, '\0'))),
              FailsWith(StatusCode::kInvalidArgument, "the identity element"));
}

TEST(Element, RefusesBit255WhichLibsodiumIgnores) {
  std::string encoding = Unhex(kGenerator);
  encoding[31] = static_cast<char>(encoding[31] | 0x80);
  EXPECT_THAT(Element::Decode(AsBytes(encoding)),
              FailsWith(StatusCode::kInvalidArgument, "bit 255 is set"));
  std::string identity(32, '\0');
  identity[31] = '\x80';
  EXPECT_THAT(Element::Decode(AsBytes(identity)),
              FailsWith(StatusCode::kInvalidArgument, "bit 255 is set"));
}

TEST(Element, RefusesAValueNotBelowTheFieldPrime) {
  // p itself, p + 1, and 2^255 - 1.
  for (const absl::string_view first : {"ed", "ee", "ff"}) {
    const std::string hex = absl::StrCat(first, std::string(60, 'f'), "7f");
    EXPECT_THAT(DecodeElement(hex), FailsWith(StatusCode::kInvalidArgument, "not below 2^255-19"))
        << hex;
  }
}

TEST(Element, RefusesANegativeValue) {
  EXPECT_THAT(DecodeElement("01" + std::string(62, '0')),
              FailsWith(StatusCode::kInvalidArgument, "odd (negative)"));
}

TEST(Element, RefusesWhatEncodesNoElement) {
  // RFC 9496, appendix A.2: non-square x^2; p - 1, whose y is zero.
  for (const std::string& hex :
       {std::string("26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371"),
        "ec" + std::string(60, 'f') + "7f"}) {
    EXPECT_THAT(DecodeElement(hex), FailsWith(StatusCode::kInvalidArgument, "no ristretto255"))
        << hex;
  }
}

TEST(Element, ComparesAndHashesByItsEncoding) {
  const Element generator = ElementOf(kGenerator);
  const Element twice =
      ElementOf("6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919");
  EXPECT_NE(generator, twice);
  EXPECT_LT(twice, generator);
  EXPECT_TRUE(
      absl::VerifyTypeImplementsAbslHashCorrectly({generator, twice, ElementOf(kGenerator)}));
}

TEST(Scalar, AcceptsOneAndOrderMinusOne) {
  EXPECT_TRUE(DecodeScalar("01" + std::string(62, '0')).ok());
  EXPECT_TRUE(DecodeScalar(kOrderMinusOne).ok());
}

TEST(Scalar, RefusesZeroExceptWhereAProofMayHoldIt) {
  const std::string zero(32, '\0');
  EXPECT_THAT(Scalar::Decode(AsBytes(zero)),
              FailsWith(StatusCode::kInvalidArgument, "the zero scalar"));
  EXPECT_TRUE(Scalar::DecodeMaybeZero(AsBytes(zero)).ok());
}

TEST(Scalar, RefusesTheOrderAndWhatIsAboveIt) {
  for (const std::string& hex :
       {std::string(kOrder), std::string(kOrderPlusOne), std::string(64, 'f')}) {
    EXPECT_THAT(DecodeScalar(hex), FailsWith(StatusCode::kInvalidArgument, "group's order")) << hex;
    EXPECT_THAT(Scalar::DecodeMaybeZero(AsBytes(Unhex(hex))),
                FailsWith(StatusCode::kInvalidArgument, "group's order"));
  }
}

TEST(Scalar, RefusesAnotherLength) {
  EXPECT_THAT(DecodeScalar("01"), FailsWith(StatusCode::kInvalidArgument, "1 bytes"));
  EXPECT_THAT(Scalar::Decode(AsBytes(std::string(64, '\1'))),
              FailsWith(StatusCode::kInvalidArgument, "64 bytes"));
}

TEST(Scalar, InvertsAWholeBatchLikeOneByOne) {
  ManualEnvironment env(7);
  for (const size_t count : {1, 2, 5, 33}) {
    std::vector<Scalar> scalars;
    for (size_t i = 0; i < count; ++i) scalars.push_back(Scalar::Random(env));
    const std::vector<Scalar> inverses = InvertAll(scalars);
    ASSERT_EQ(inverses.size(), count);
    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(Hex(inverses[i].RevealSecret()), Hex(scalars[i].Inverse().RevealSecret()));
      EXPECT_EQ(Hex(inverses[i].Times(scalars[i]).RevealSecret()), "01" + std::string(62, '0'));
    }
  }
  EXPECT_TRUE(InvertAll({}).empty());
}

TEST(Scalar, SubtractsModuloTheOrder) {
  const Scalar one = ScalarOf("01" + std::string(62, '0'));
  const Scalar zero = one.Minus(one);
  EXPECT_TRUE(zero.IsZero());
  EXPECT_EQ(Hex(zero.Minus(one).RevealSecret()), kOrderMinusOne);
}

TEST(Group, MultipliesTheGenerator) {
  // RFC 9496, appendix A.1: 1·G and 2·G.
  EXPECT_EQ(Hex(MultiplyGenerator(ScalarOf("01" + std::string(62, '0')))->bytes()), kGenerator);
  EXPECT_EQ(Hex(MultiplyGenerator(ScalarOf("02" + std::string(62, '0')))->bytes()),
            "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919");
}

TEST(Group, KeepsDomainsApart) {
  const auto with_one_tag = HashToGroup({AsBytes("input")}, DomainTag("HashToGroup-", Mode::kOprf));
  const auto with_another =
      HashToGroup({AsBytes("input")}, DomainTag("HashToGroup-", Mode::kVoprf));
  ASSERT_TRUE(with_one_tag.ok() && with_another.ok());
  EXPECT_NE(*with_one_tag, *with_another);
  EXPECT_EQ(Hex(DomainTag("HashToGroup-", Mode::kVoprf)),
            "48617368546f47726f75702d4f50524656312d012d72697374726574746f3235352d534841353132");
}

}  // namespace
}  // namespace vervet::oprf
