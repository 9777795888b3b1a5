// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFxQuotes} from "../src/interfaces/IFxQuotes.sol";
import {IFxSource} from "../src/interfaces/IFxSource.sol";
import {ISignerGroup} from "../src/interfaces/ISignerGroup.sol";
import {FxMath} from "../src/libraries/FxMath.sol";
import {FxQuotes} from "../src/treasury/FxQuotes.sol";
import {FxFixture} from "./support/FxFixture.sol";

/// @dev A quote counts if two signed it for this pair, this chain and this time.
contract FxQuotesTest is FxFixture {
    function setUp() public {
        deployQuotes();
    }

    function asking(uint256 deadline, bytes memory evidence)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeCall(IFxSource.rateOf, (KES, USD, deadline, evidence));
    }

    function refuse(bytes memory evidence, bytes memory expected) private {
        assertRefused(address(fx), asking(block.timestamp, evidence), expected);
    }

    function notSigned(uint256[5] memory words) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(ISignerGroup.SignaturesInvalid.selector, quoteDigest(words));
    }

    function notCurrent(uint256[5] memory words) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFxQuotes.QuoteNotCurrent.selector, words[3], words[4]);
    }

    function testTwoOfThreeQuote() public view {
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory evidence = evidenceBy(7 ^ (1 << i), quote());
            assertEq(fx.rateOf(KES, USD, START, evidence), 7_700_000, "rate");
        }
    }

    function testOneSignerIsNotEnough() public {
        refuse(evidenceBy(1, quote()), notSigned(quote()));
        refuse(evidenceBy(0, quote()), notSigned(quote()));
        refuse(abi.encode(quote()), notSigned(quote()));
        refuse(evidenceBy(1 | 8, quote()), notSigned(quote()));
    }

    function testEvidenceThatIsTooShortIsRefused() public {
        refuse("", abi.encodeWithSelector(IFxQuotes.QuoteMissing.selector, 0));
        refuse(
            new bytes(159), abi.encodeWithSelector(IFxQuotes.QuoteMissing.selector, 159)
        );
    }

    function testEachWordOfAQuoteIsSigned() public {
        bytes memory signatures = signedBy(3, quoteDigest(quote()));
        for (uint256 i = 2; i < 5; ++i) {
            uint256[5] memory words = quote();
            words[i] = i == 3 ? words[i] - 1 : words[i] + 1;
            refuse(bytes.concat(abi.encode(words), signatures), notSigned(words));
        }
    }

    function testAQuoteIsForOnePair() public {
        for (uint256 i = 0; i < 2; ++i) {
            uint256[5] memory words = quote();
            words[i] = 978;
            refuse(
                evidenceBy(3, words),
                abi.encodeWithSelector(IFxSource.WrongPair.selector, words[0], words[1])
            );
            words = quote();
            words[i] += 1 << 16; // would be the same in sixteen bits
            refuse(
                evidenceBy(3, words),
                abi.encodeWithSelector(IFxSource.WrongPair.selector, words[0], words[1])
            );
        }
        uint256[5] memory inverse = quote();
        (inverse[0], inverse[1]) = (USD, KES);
        refuse(
            evidenceBy(3, inverse),
            abi.encodeWithSelector(IFxSource.WrongPair.selector, USD, KES)
        );
    }

    function testAQuoteServesOnOneChainAndAtOneContract() public {
        bytes memory evidence = evidenceBy(3, quote());
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        refuse(evidence, notSigned(quote()));
        vm.chainId(here);
        fx.rateOf(KES, USD, START, evidence);
        fx = new FxQuotes(GOVERNOR, signersUpTo(3), 2);
        refuse(evidence, notSigned(quote()));
    }

    function testAGovernorThatCouldNeverCallIsRefused() public {
        bytes[] memory signers = signersUpTo(3);
        vm.expectRevert(ISignerGroup.GovernorInvalid.selector);
        new FxQuotes(address(0), signers, 2);
    }

    function testAQuoteHoldsFromItsBeginning() public {
        uint256[5] memory words = quote();
        words[3] = START + 1;
        bytes memory evidence = evidenceBy(3, words);
        refuse(evidence, notCurrent(words));
        vm.warp(START + 1);
        fx.rateOf(KES, USD, START + 1, evidence);
    }

    function testAQuoteHoldsForADayAtMost() public {
        uint256[5] memory words = quote();
        words[4] = START + 30 days;
        bytes memory evidence = evidenceBy(3, words);
        vm.warp(START + 1 days);
        fx.rateOf(KES, USD, START + 1 days, evidence);
        vm.warp(START + 1 days + 1);
        refuse(evidence, notCurrent(words));
        assertEq(fx.MAX_AGE(), 86_400, "a day");
    }

    function testAQuoteHoldsUntilTheDeadline() public {
        uint256[5] memory words = quote();
        bytes memory evidence = evidenceBy(3, words);
        fx.rateOf(KES, USD, START + 1 hours, evidence);
        assertRefused(
            address(fx), asking(START + 1 hours + 1, evidence), notCurrent(words)
        );
        vm.warp(START + 1 hours + 1);
        refuse(evidence, notCurrent(words));
    }

    function testADeadlineThatHasPassedIsRefused() public {
        bytes memory evidence = evidenceBy(3, quote());
        assertRefused(
            address(fx),
            asking(START - 1, evidence),
            abi.encodeWithSelector(IFxSource.DeadlinePassed.selector, START - 1)
        );
    }

    function testRatesAtTheEndsAreRefused() public {
        uint256[5] memory words = quote();
        uint256[4] memory wrong =
            [uint256(0), type(uint64).max, uint256(type(uint64).max) + 1, type(uint256).max];
        for (uint256 i = 0; i < 4; ++i) {
            words[2] = wrong[i];
            refuse(
                evidenceBy(3, words),
                abi.encodeWithSelector(IFxSource.RateOutOfRange.selector, wrong[i])
            );
        }
        words[2] = type(uint64).max - 1;
        assertEq(fx.rateOf(KES, USD, START, evidenceBy(3, words)), words[2], "the greatest");
        words[2] = 1;
        assertEq(fx.rateOf(KES, USD, START, evidenceBy(3, words)), 1, "the least");
    }

    function testOnlyTheGovernorChangesTheSigners() public {
        bytes[] memory who = one(signerOf(KEY + 1));
        bytes memory expected =
            abi.encodeWithSelector(ISignerGroup.GovernorOnly.selector, address(this));
        assertRefused(
            address(fx), abi.encodeCall(ISignerGroup.removeSigners, (who)), expected
        );
        assertRefused(address(fx), abi.encodeCall(ISignerGroup.setThreshold, (3)), expected);
        assertRefused(
            address(fx),
            abi.encodeCall(ISignerGroup.addSigners, (one(signerOf(KEY + 3)))),
            expected
        );
        assertEq(fx.governor(), GOVERNOR, "governor");
        vm.prank(GOVERNOR);
        fx.removeSigners(who);
        refuse(evidenceBy(3, quote()), notSigned(quote()));
        fx.rateOf(KES, USD, START, evidenceBy(5, quote()));
    }

    // --- rounding -----------------------------------------------------------------------------

    function converted(uint256 amount, uint256 rate) private view returns (uint256) {
        uint256[5] memory words = quote();
        words[2] = rate;
        return fx.convertUp(amount, KES, USD, START, evidenceBy(3, words));
    }

    function testAmountsAreRoundedUp() public view {
        assertEq(converted(1, 1), 1, "the least");
        assertEq(converted(0, 5), 0, "nothing");
        assertEq(converted(10, 1e9), 10, "a rate of one");
        assertEq(converted(10, 1e9 + 1), 11, "a bit more than ten");
        assertEq(converted(130_000, 7_700_000), 1_001, "exact");
        assertEq(converted(130_001, 7_700_000), 1_002, "up");
    }

    function testFuzzAConversionIsTheLeastThatCovers(uint48 amount, uint64 rate) public view {
        vm.assume(rate != 0 && rate != type(uint64).max);
        uint256 result = converted(amount, rate);
        uint256 exact = uint256(amount) * rate;
        assertTrue(result * 1e9 >= exact, "covers");
        assertTrue(result == 0 || (result - 1) * 1e9 < exact, "and no less would");
    }

    function testAnAmountIsBelowTwoToThe48() public {
        bytes memory evidence = evidenceBy(3, quote());
        assertRefused(
            address(fx),
            abi.encodeCall(IFxSource.convertUp, (1 << 48, KES, USD, START, evidence)),
            abi.encodeWithSelector(FxMath.AmountTooLarge.selector, 1 << 48)
        );
        fx.convertUp((1 << 48) - 1, KES, USD, START, evidence);
    }
}
