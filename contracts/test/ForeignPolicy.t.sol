// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EligibilityGate} from "../src/gates/EligibilityGate.sol";
import {EscrowGate} from "../src/gates/EscrowGate.sol";
import {HistoryEligibilityGate} from "../src/gates/HistoryEligibilityGate.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {IChainlinkFx} from "../src/interfaces/IChainlinkFx.sol";
import {IEligibilityGate} from "../src/interfaces/IEligibilityGate.sol";
import {IEscrowGate} from "../src/interfaces/IEscrowGate.sol";
import {IFxQuotes} from "../src/interfaces/IFxQuotes.sol";
import {IFxSource} from "../src/interfaces/IFxSource.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {IHistoryGate} from "../src/interfaces/IHistoryGate.sol";
import {ISignerGroup} from "../src/interfaces/ISignerGroup.sol";
import {FxMath} from "../src/libraries/FxMath.sol";
import {Requirements} from "../src/libraries/Requirements.sol";
import {ChainlinkFx} from "../src/treasury/ChainlinkFx.sol";
import {ElGamal} from "./support/ElGamal.sol";
import {Feed} from "./support/Feed.sol";
import {ForeignFixture} from "./support/ForeignFixture.sol";
import {HashVerifier} from "./support/HashVerifier.sol";
import {NO_FX} from "./support/NoFx.sol";
import {SaidTree} from "./support/RecordFixture.sol";

/// @dev A policy in another currency than the loan judges the burden at a rate that somebody signed.
abstract contract ForeignPolicyCases is ForeignFixture {
    uint256 private constant GREATEST = type(uint64).max - 1;

    function setUp() public virtual {
        deployForeign();
    }

    function invalid() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector);
    }

    /// @dev What a gate of this kind says of bytes that it does not judge.
    function notJudged(uint256 length) internal pure virtual returns (bytes memory) {
        return abi.encodeWithSelector(IApplicationGate.ExtraNotJudged.selector, length);
    }

    function forged(uint256[5] memory told) private view returns (bytes memory) {
        return abi.encodeWithSelector(ISignerGroup.SignaturesInvalid.selector, quoteDigest(told));
    }

    // --- what is judged -----------------------------------------------------------------------

    function testTheBurdenIsJudgedInThePolicysCurrencyRoundedUp() public {
        assertEq(address(judge.fx()), address(fx), "source");
        bytes memory extra = quoteBy(3, words());
        accept(JUDGED, extra);
        refuse(BURDEN, extra, invalid());
        refuse(JUDGED - 1, extra, invalid());
        refuse(JUDGED + 1, extra, invalid());
        IApplicationGate.Application memory a = application();
        a.instalment += 1;
        refuse(a, JUDGED, extra, invalid());
        IApplicationGate.Evidence memory e = evidence(application(), JUDGED, extra);
        market.consume(application(), e);
        assertEq(judge.applicationNonce(address(market), BORROWER), 1, "used up");
    }

    function testTheRateIsThatOfTheQuote() public {
        uint256[5] memory told = words();
        told[2] = 129_100_000_000;
        accept(1_147_054, quoteBy(3, told)); // 1,147,053.5
        refuse(JUDGED, quoteBy(3, told), invalid());
    }

    function testFuzzTheJudgedBurdenIsTheLeastThatCovers(uint48 amount, uint64 rate) public {
        // both ways: the loan in either currency
        for (uint256 way = 0; way < 2; ++way) {
            IApplicationGate.Application memory a = application();
            (uint16 base, uint16 quote) = way == 0 ? (USD, KES) : (KES, USD);
            (a.currency, a.policy.currency) = (base, quote);
            uint256 most = ((1 << 48) - 1) * FxMath.ONE;
            a.instalment = amount;
            uint256 bounded = clamp(rate, 1, GREATEST);
            if (bounded * amount > most) a.instalment = most / bounded;
            uint256[5] memory told = words();
            (told[0], told[1], told[2]) = (base, quote, bounded);
            uint256 exact = a.instalment * bounded;
            uint256 judged = exact / FxMath.ONE;
            if (judged * FxMath.ONE < exact) {
                refuse(a, judged, quoteBy(5, told), invalid());
                judged += 1;
            }
            judge.check(address(market), a, evidence(a, judged, quoteBy(5, told)));
        }
    }

    function testABurdenBeyondThePolicysBitsIsRefused() public {
        uint256[5] memory told = words();
        told[2] = GREATEST;
        IApplicationGate.Application memory a = application();
        a.instalment = 15_258; // the last one below 2^48 of the other currency's
        judge.check(address(market), a, evidence(a, 281_460_421_076_661, quoteBy(3, told)));
        a.instalment = 15_259;
        refuse(
            a,
            0,
            quoteBy(3, told),
            abi.encodeWithSelector(IApplicationGate.PolicyOutOfRange.selector)
        );
        a.instalment = 1 << 48;
        refuse(
            a, 0, quoteBy(3, told), abi.encodeWithSelector(FxMath.AmountTooLarge.selector, 1 << 48)
        );
    }

    // --- which quotes count -------------------------------------------------------------------

    function testAQuoteHoldsUntilTheDeadlineAndNoLongerThanADay() public {
        uint256[5] memory told = words();
        told[4] = block.timestamp + 600;
        accept(JUDGED, quoteBy(3, told));
        told[4] -= 1;
        refuse(JUDGED, quoteBy(3, told), stale(told));
        told = words();
        told[3] = block.timestamp - 1 days;
        accept(JUDGED, quoteBy(3, told));
        told[3] -= 1;
        refuse(JUDGED, quoteBy(3, told), stale(told));
        told[3] = block.timestamp + 1;
        refuse(JUDGED, quoteBy(3, told), stale(told));
    }

    function testAQuoteThatExpiredASecondAgoIsRefused() public {
        IApplicationGate.Application memory a = application();
        uint256[5] memory told = words();
        told[4] = block.timestamp + 600;
        IApplicationGate.Evidence memory e = evidence(a, JUDGED, quoteBy(3, told));
        vm.warp(block.timestamp + 600);
        judge.check(address(market), a, e);
        vm.warp(block.timestamp + 1);
        assertRefused(
            address(market),
            abi.encodeCall(market.consume, (a, e)),
            abi.encodeWithSelector(
                IApplicationGate.DeadlinePassed.selector, e.deadline, block.timestamp
            )
        );
        // a proof of now with the quote of then
        refuse(JUDGED, quoteBy(3, told), stale(told));
    }

    function stale(uint256[5] memory told) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFxQuotes.QuoteNotCurrent.selector, told[3], told[4]);
    }

    function testAQuoteOfAnotherPairIsRefused() public {
        uint16[2][4] memory pairs = [[KES, USD], [USD, USD], [978, KES], [USD, 978]];
        for (uint256 i = 0; i < pairs.length; ++i) {
            uint256[5] memory told = words();
            (told[0], told[1]) = (pairs[i][0], pairs[i][1]);
            refuse(
                JUDGED,
                quoteBy(3, told),
                abi.encodeWithSelector(IFxSource.WrongPair.selector, told[0], told[1])
            );
        }
    }

    function testEnoughSignersMustSign() public {
        uint256[5] memory told = words();
        for (uint256 who = 0; who < 8; ++who) {
            bool enough = who == 3 || who == 5 || who == 6 || who == 7;
            if (enough) accept(JUDGED, quoteBy(who, told));
            else refuse(JUDGED, quoteBy(who, told), forged(told));
        }
    }

    function testAQuoteIsWorthNothingOnAFork() public {
        uint256[5] memory told = words();
        bytes memory extra = quoteBy(3, told);
        accept(JUDGED, extra);
        vm.chainId(block.chainid + 1);
        refuse(JUDGED, extra, forged(told));
    }

    function testRatesAtTheEndsAreRefused() public {
        uint256[2] memory rates = [uint256(0), type(uint64).max];
        for (uint256 i = 0; i < 2; ++i) {
            uint256[5] memory told = words();
            told[2] = rates[i];
            bytes memory refusal =
                abi.encodeWithSelector(IFxSource.RateOutOfRange.selector, rates[i]);
            refuse(0, quoteBy(3, told), refusal);
        }
    }

    function testWithoutAQuoteNothingIsJudged() public {
        bytes memory missing = abi.encodeWithSelector(IFxQuotes.QuoteMissing.selector, 0);
        refuse(JUDGED, ownExtra(), missing);
        refuse(BURDEN, ownExtra(), missing);
    }

    // --- which gates and which loans ----------------------------------------------------------

    function testALoanInThePolicysCurrencyTakesNoQuote() public {
        IApplicationGate.Application memory a = application();
        uint16[2] memory currencies = [KES, 0];
        for (uint256 i = 0; i < 2; ++i) {
            // the same, or the policy does not say
            (a.currency, a.policy.currency) = (KES, currencies[i]);
            judge.check(address(market), a, evidence(a, BURDEN, ownExtra()));
            bytes memory extra = quoteBy(3, words());
            refuse(a, BURDEN, extra, notJudged(extra.length));
        }
    }

    function testAGateWithoutASourceJudgesOneCurrency() public {
        judge = gateWith(NO_FX);
        market.change(judge);
        assertEq(address(judge.fx()), address(0), "no source");
        bytes memory refusal =
            abi.encodeWithSelector(IEligibilityGate.CurrencyNotJudged.selector, USD, KES);
        refuse(JUDGED, quoteBy(3, words()), refusal);
        refuse(BURDEN, ownExtra(), refusal);
        IApplicationGate.Application memory a = application();
        a.currency = KES;
        judge.check(address(market), a, evidence(a, BURDEN, ownExtra()));
    }

    function testAFeedNeedsNoQuote() public {
        Feed feed = new Feed(8, 12_912_345_679);
        IChainlinkFx.Feed[] memory feeds = new IChainlinkFx.Feed[](1);
        feeds[0] = IChainlinkFx.Feed(USD, KES, address(feed), 1 days, 0);
        judge = gateWith(new ChainlinkFx(feeds, address(0)));
        market.change(judge);
        accept(JUDGED, ownExtra());
        feed.say(12_910_000_000, block.timestamp, block.timestamp);
        refuse(JUDGED, ownExtra(), invalid());
        accept(1_147_054, ownExtra());
    }

    function testASourceMustBeOne() public {
        assertRefused(
            address(this),
            abi.encodeCall(this.make, (IFxSource(address(0xE0A)))),
            abi.encodeWithSelector(Requirements.NotAContract.selector, address(0xE0A))
        );
        assertRefused(
            address(this),
            abi.encodeCall(this.make, (IFxSource(address(registry)))),
            abi.encodeWithSelector(Requirements.WrongKind.selector, address(registry))
        );
    }

    function make(IFxSource source) external {
        gateWith(source);
    }
}

/// @dev The gate of `eligibility`.
contract ForeignPolicyTest is ForeignPolicyCases {
    function gateWith(IFxSource source) internal override returns (IEligibilityGate) {
        return new EligibilityGate(new HashVerifier(5), registry, 1 days, 1 hours, source);
    }

    function otherInputs() internal pure override returns (bytes memory) {
        return "";
    }

    function ownExtra() internal pure override returns (bytes memory) {
        return "";
    }

    function prepare(uint256) internal override {}

    function testAGateWithoutHistoryRefusesToBeAskedForOne() public {
        IApplicationGate.Application memory a = application();
        bytes memory extra = quoteBy(3, words());
        bytes memory why = abi.encodeWithSelector(IApplicationGate.HistoryNotJudged.selector);
        a.historySource = address(fx);
        refuse(a, JUDGED, extra, why);
        (a.historySource, a.historyTerms) = (address(0), 1);
        refuse(a, JUDGED, extra, why);
    }
}

/// @dev The gate of `escrow_eligibility`.
contract ForeignEscrowTest is ForeignPolicyCases, ElGamal {
    IEscrowGate.Point private key;

    function setUp() public override {
        (key.x, key.y) = (base8().x, base8().y);
        deployForeign();
    }

    function gateWith(IFxSource source) internal override returns (IEligibilityGate) {
        return new EscrowGate(new HashVerifier(10), registry, 1 days, 1 hours, source, key);
    }

    function otherInputs() internal view override returns (bytes memory) {
        return abi.encode(key, key, 5);
    }

    function ownExtra() internal pure override returns (bytes memory) {
        return "";
    }

    function prepare(uint256 context) internal override {
        IEscrowGate gate = IEscrowGate(address(judge));
        if (gate.placed(BORROWER, context).point.y != 0) return;
        vm.prank(BORROWER);
        gate.place(context, IEscrowGate.Seal(key, 5));
        vm.mockCall(address(market), abi.encodeWithSignature("loanCount()"), abi.encode(0));
    }
}

/// @dev The gate of `history_eligibility`: the root comes first.
contract ForeignHistoryTest is ForeignPolicyCases {
    uint256 private constant HISTORY_ROOT = 77;
    SaidTree private tree;

    function setUp() public override {
        vm.warp(START);
        tree = new SaidTree(address(0xB00));
        tree.say(HISTORY_ROOT, true);
        deployForeign();
    }

    function gateWith(IFxSource source) internal override returns (IEligibilityGate) {
        return new HistoryEligibilityGate(
            new HashVerifier(8), registry, 1 days, 1 hours, source
        );
    }

    function application() internal view override returns (IApplicationGate.Application memory a) {
        a = super.application();
        (a.historyTerms, a.historySource) = (1, address(tree));
    }

    function otherInputs() internal view override returns (bytes memory) {
        IHistoryGate gate = IHistoryGate(address(judge));
        return abi.encode(
            gate.historyTermsWord(1, block.timestamp),
            HISTORY_ROOT,
            gate.historyScopeOf(address(tree))
        );
    }

    function ownExtra() internal pure override returns (bytes memory) {
        return abi.encode(HISTORY_ROOT);
    }

    function prepare(uint256) internal override {}

    function notJudged(uint256 length) internal pure override returns (bytes memory) {
        return abi.encodeWithSelector(IHistoryGate.ExtraInvalid.selector, length);
    }

    function testTheRootComesBeforeTheQuote() public {
        bytes memory refusal = abi.encodeWithSelector(IHistoryGate.ExtraInvalid.selector, 31);
        refuse(JUDGED, new bytes(31), refusal);
        refuse(JUDGED, "", abi.encodeWithSelector(IHistoryGate.ExtraInvalid.selector, 0));
    }
}
