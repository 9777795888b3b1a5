// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {DataContract} from "../src/libraries/DataContract.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {cheats} from "./support/MoreCheats.sol";
import {TableFixture} from "./support/TableFixture.sol";

/// @dev Products as the engine reads them, and what it makes of an amount.
contract LoanEngineTest is TableFixture {
    function expectNoProduct(address product) private {
        bytes memory refusal =
            abi.encodeWithSelector(ILoanEngine.NotAProduct.selector, product);
        vm.expectRevert(refusal);
        engine.offer(product, 100_000);
        vm.expectRevert(refusal);
        engine.schedule(product, 100_000);
        ILoanEngine.Loan memory loan = released(product, 100_000);
        vm.expectRevert(refusal);
        engine.quote(loan, START);
        expectRefusal(ILoanEngine.Action.Repay, loan, 1, START, refusal);
    }

    function expectDegenerate(bytes memory data, uint256 principal, ILoanEngine.Fault fault)
        private
    {
        address product = DataContract.write(data);
        bytes memory refusal =
            abi.encodeWithSelector(ILoanEngine.ScheduleDegenerate.selector, fault);
        vm.expectRevert(refusal);
        engine.offer(product, principal);
        vm.expectRevert(refusal);
        engine.schedule(product, principal);
    }

    function wide() private pure returns (bytes memory header) {
        header = plainHeader();
        put(header, ProductTable.MIN_PRINCIPAL, 1);
        put(header, ProductTable.MAX_PRINCIPAL, (1 << 48) - 1);
    }

    // --- products that are not products -------------------------------------------------------

    function testAnAccountWithoutCodeIsNotAProduct() public {
        expectNoProduct(address(0));
        expectNoProduct(address(0xdead));
    }

    function testAContractWithCodeIsNotAProduct() public {
        expectNoProduct(address(engine));
        expectNoProduct(address(vm));
    }

    function testAnotherFirstByteIsNotAProduct() public {
        bytes memory data = bytes.concat(hex"00", join(plainHeader(), monthly("LLR")));
        address place = address(0xabc);
        cheats.etch(place, data);
        engine.offer(place, 100_000);
        data[0] = 0x5b;
        cheats.etch(place, data);
        expectNoProduct(place);
        cheats.etch(place, "");
        expectNoProduct(place);
    }

    function testAnotherVersionIsNotAProduct() public {
        for (uint256 version = 0; version < 256; ++version) {
            if (version == 1) continue;
            expectNoProduct(productWith("LR", ProductTable.VERSION_FIELD, version));
        }
    }

    function testTheLengthIsThatOfTheRows() public {
        bytes memory data = join(plainHeader(), monthly("LLR"));
        expectNoProduct(DataContract.write(bytes.concat(data, hex"00")));
        expectNoProduct(DataContract.write(bytes.concat(data, new bytes(16))));
        for (uint256 cut = 1; cut <= data.length; cut += 7) {
            bytes memory shorter = new bytes(data.length - cut);
            for (uint256 i = 0; i < shorter.length; ++i) {
                shorter[i] = data[i];
            }
            expectNoProduct(DataContract.write(shorter));
        }
    }

    function testATableHasARowAndAtMost120() public {
        expectNoProduct(DataContract.write(join(plainHeader(), "")));
        bytes memory rows;
        for (uint256 k = 1; k < 120; ++k) {
            rows = bytes.concat(rows, rowOf(k * 1 days, 0, ProductTable.INTEREST, 0));
        }
        bytes memory rest = rowOf(121 days, ONE_PERCENT, ProductTable.REST, 0);
        address most = DataContract.write(join(plainHeader(), bytes.concat(rows, rest)));
        assertEq(engine.schedule(most, 100_000).length, 120, "rows");
        rows = bytes.concat(rows, rowOf(120 days, 0, ProductTable.INTEREST, 0), rest);
        expectNoProduct(DataContract.write(join(plainHeader(), rows)));
    }

    // --- amounts ------------------------------------------------------------------------------

    function testAPrincipalIsWithinTheRange() public {
        address product = productOf("LLR");
        engine.offer(product, 1_000);
        engine.offer(product, 10_000_000);
        uint256[4] memory wrong = [uint256(0), 999, 10_000_001, type(uint256).max];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ILoanEngine.PrincipalOutOfRange.selector, wrong[i], 1_000, 10_000_000
                )
            );
            engine.offer(product, wrong[i]);
        }
    }

    function testALastRowOfNothingIsDegenerate() public {
        expectDegenerate(join(wide(), monthly("LLLLLLLLLLLR")), 5, ILoanEngine.Fault.LastIsZero);
        bytes memory rows = bytes.concat(
            rowOf(MONTH, 0, ProductTable.SHARE, 1e9), rowOf(2 * MONTH, 0, ProductTable.REST, 0)
        );
        expectDegenerate(join(wide(), rows), 100, ILoanEngine.Fault.LastIsZero);
    }

    function testALevelOfNothingIsDegenerate() public {
        bytes memory header = wide();
        put(header, ProductTable.ROUNDING, 2);
        expectDegenerate(join(header, monthly("LLLLR")), 2, ILoanEngine.Fault.LevelIsZero);
    }

    function testALargeLastRowIsDegenerate() public {
        bytes memory header = wide();
        put(header, ProductTable.ROUNDING, 2);
        bytes memory rows;
        for (uint256 k = 1; k <= 120; ++k) {
            rows = bytes.concat(rows, rowOf(k * MONTH, 0, k < 120 ? 1 : 5, 0));
        }
        expectDegenerate(join(header, rows), 179, ILoanEngine.Fault.LastIsLarge);
        // a season's last row may be as large as it is
        address season = productOf("IIIR");
        assertEq(engine.schedule(season, 100_000)[3].amount, 101_000, "last");
    }

    function testAmountsStayBelowTwoToThe48() public {
        bytes memory rest = rowOf(MONTH, 1e9, ProductTable.REST, 0);
        expectDegenerate(join(wide(), rest), 1 << 47, ILoanEngine.Fault.TooLarge);
        address product = DataContract.write(join(wide(), rest));
        assertEq(engine.offer(product, (1 << 47) - 1).total, (1 << 48) - 2, "total");
        // each row is small enough, and the sum is not
        expectDegenerate(join(wide(), monthly("LLLLLLLLLLLR")), 270e12, ILoanEngine.Fault.TooLarge);
        // the largest rate there is
        rest = rowOf(MONTH, (1 << 48) - 1, ProductTable.REST, 0);
        expectDegenerate(join(wide(), rest), (1 << 48) - 1, ILoanEngine.Fault.TooLarge);
    }

    function testAnOfferSaysWhatTheHeaderSays() public {
        bytes memory header = plainHeader();
        put(header, ProductTable.ORIGINATION_BPS, 150);
        put(header, ProductTable.FEE_RECIPIENT, 0xfee);
        bytes memory data = join(header, monthly("LLLLLLLLLLLR"));
        ILoanEngine.Offer memory made = engine.offer(DataContract.write(data), 100_099);
        assertEq(made.level, 8_894, "level");
        assertEq(made.originationFee, 1_501, "fee, rounded down");
        assertEq(made.feeRecipient, address(0xfee), "recipient");
        assertEq(made.token, TOKEN, "token");
        assertEq(made.unit, 10_000, "unit");
        assertEq(made.fundingWindow, 7 days, "window");
        assertEq(made.proofAge, 7 days, "age");
        assertEq(made.digest, keccak256(data), "digest");
    }

    /// @dev 1,000.00 at 1 % a month; the kinds as the design has them.
    function testTheFiveKinds() public {
        ILoanEngine.Instalment[] memory rows =
            engine.schedule(productOf("LLLLLLLLLLLR"), 100_000);
        assertEq(rows[0].amount, 8_885, "level");
        assertEq(rows[11].amount, 8_884, "last of levels");
        assertEq(rows[11].balance, 0, "balance");
        assertEq(rows[11].due, 12 * MONTH, "due");
        rows = engine.schedule(productOf("SR"), 100_000);
        assertEq(rows[0].amount, 11_000, "share and interest");
        assertEq(rows[0].balance, 90_000, "balance after a share");
        assertEq(rows[1].amount, 90_900, "rest");
        rows = engine.schedule(productOf("IIIIIR"), 100_000);
        assertEq(rows[4].amount, 1_000, "interest");
        assertEq(rows[5].amount, 101_000, "bullet");
        rows = engine.schedule(productOf("DDDDDDLLLLLLLLLLLR"), 100_000);
        assertEq(rows[5].amount, 0, "deferred");
        assertEq(rows[6].amount, 9_432, "level after a moratorium");
        assertEq(rows[17].amount, 9_427, "last after a moratorium");
    }

    function testBurdens() public {
        uint256[3] memory expected = [uint256(8_885), 8_885, 8_885];
        for (uint256 rule = 1; rule <= 3; ++rule) {
            address product = productWith("LLLLLLLLLLLR", ProductTable.BURDEN, rule);
            assertEq(engine.offer(product, 100_000).burden, expected[rule - 1], "level");
        }
        address bullet = productWith("IIIIIR", ProductTable.BURDEN, 2);
        assertEq(engine.offer(bullet, 100_000).burden, 101_000, "peak");
        bullet = productWith("IIIIIR", ProductTable.BURDEN, 3);
        assertEq(engine.offer(bullet, 100_000).burden, 17_667, "average, rounded up");
    }

    function testFuzzRowsSumToPrincipalAndInterest(uint256 seed, uint256 principal) public {
        bytes memory letters = bytes("LSIDLSIDLR");
        bytes memory rows;
        uint256 due;
        for (uint256 k = 0; k < letters.length; ++k) {
            seed = uint256(keccak256(abi.encode(seed)));
            due += 1 days + seed % 40 days;
            uint256 kind = k + 1 == letters.length ? 5 : 1 + (seed >> 64) % 4;
            rows = bytes.concat(
                rows, rowOf(due, (seed >> 128) % 5e7, kind, kind == 2 ? 1 + (seed >> 192) % 1e8 : 0)
            );
        }
        principal = clamp(principal, 50_000, 10_000_000);
        address product = DataContract.write(join(plainHeader(), rows));
        ILoanEngine.Instalment[] memory made = engine.schedule(product, principal);
        uint256 asked;
        uint256 interest;
        for (uint256 k = 0; k < made.length; ++k) {
            asked += made[k].amount;
            interest += made[k].interest;
        }
        assertEq(asked, principal + interest, "sum");
        assertEq(made[made.length - 1].balance, 0, "balance");
        assertEq(engine.offer(product, principal).total, asked, "total");
    }
}
