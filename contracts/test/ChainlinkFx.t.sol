// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChainlinkFx} from "../src/interfaces/IChainlinkFx.sol";
import {IFxSource} from "../src/interfaces/IFxSource.sol";
import {Requirements} from "../src/libraries/Requirements.sol";
import {ChainlinkFx} from "../src/treasury/ChainlinkFx.sol";
import {Feed} from "./support/Feed.sol";
import {SignerFixture} from "./support/SignerFixture.sol";

/// @dev An answer counts if it is above 0, fresh, and the sequencer has worked for an hour.
contract ChainlinkFxTest is SignerFixture {
    uint256 private constant START = 1_900_000_000;
    uint16 private constant EUR = 978;
    uint16 private constant USD = 840;
    uint16 private constant JPY = 392;

    Feed private feed;
    Feed private sequencer;
    ChainlinkFx private fx;

    function setUp() public {
        vm.warp(START);
        feed = new Feed(8, 108_000_000);
        sequencer = new Feed(0, 0);
        sequencer.say(0, START - 2 hours, START - 2 hours);
        fx = new ChainlinkFx(feeds(address(feed), 1 days, 0), address(sequencer));
    }

    function feeds(address aggregator, uint32 heartbeat, int8 shift)
        private
        pure
        returns (IChainlinkFx.Feed[] memory list)
    {
        list = new IChainlinkFx.Feed[](1);
        list[0] = IChainlinkFx.Feed(EUR, USD, aggregator, heartbeat, shift);
    }

    function rate() private view returns (uint256) {
        return fx.rateOf(EUR, USD, block.timestamp, "");
    }

    function refuse(bytes memory expected) private {
        assertRefused(
            address(fx),
            abi.encodeCall(IFxSource.rateOf, (EUR, USD, block.timestamp, "")),
            expected
        );
    }

    function testAnAnswerIsARate() public view {
        assertEq(rate(), 1_080_000_000, "1.08");
        assertEq(fx.convertUp(100, EUR, USD, START, ""), 108, "converted");
        assertEq(fx.convertUp(101, EUR, USD, START, ""), 110, "rounded up");
        (address aggregator, uint32 heartbeat, int16 exponent) = fx.feedOf(EUR, USD);
        assertEq(aggregator, address(feed), "feed");
        assertEq(heartbeat, 1 days, "heartbeat");
        assertEq(uint16(exponent), 1, "exponent");
        assertEq(fx.sequencer(), address(sequencer), "sequencer");
    }

    function testARateIsRoundedUp() public {
        feed = new Feed(18, 1_080_000_000_000_000_001);
        fx = new ChainlinkFx(feeds(address(feed), 1 days, 0), address(0));
        assertEq(rate(), 1_080_000_001, "up");
        feed.say(1_080_000_000_000_000_000, START, START);
        assertEq(rate(), 1_080_000_000, "exact");
    }

    function testDecimalPlacesOfCurrenciesCount() public {
        Feed yen = new Feed(8, 670_000); // a yen is 0.0067 dollars: 0.67 cents
        IChainlinkFx.Feed[] memory list = feeds(address(yen), 1 days, 2);
        list[0].base = JPY;
        fx = new ChainlinkFx(list, address(0));
        assertEq(fx.rateOf(JPY, USD, START, ""), 670_000_000, "cents for a yen");
        assertEq(fx.convertUp(30_000, JPY, USD, START, ""), 20_100, "201.00 dollars");
        list[0].shift = -2;
        fx = new ChainlinkFx(list, address(0));
        assertEq(fx.rateOf(JPY, USD, START, ""), 67_000, "the other way");
    }

    function testDecimalsAreReadOnce() public {
        feed.setDecimals(18);
        assertEq(rate(), 1_080_000_000, "as at deployment");
    }

    function testAnAnswerIsAboveZero() public {
        int256[4] memory wrong = [int256(0), -1, type(int256).min, int256(1 << 160)];
        for (uint256 i = 0; i < 4; ++i) {
            feed.say(wrong[i], START, START);
            refuse(abi.encodeWithSelector(IChainlinkFx.PriceInvalid.selector, wrong[i]));
        }
        feed.say(1, START, START);
        assertEq(rate(), 10, "the least");
        feed.say((1 << 160) - 1, START, START);
        refuse(
            abi.encodeWithSelector(
                IFxSource.RateOutOfRange.selector, 10 * ((uint256(1) << 160) - 1)
            )
        );
    }

    function testAnAnswerIsNoOlderThanTheHeartbeat() public {
        vm.warp(START + 1 days);
        assertEq(rate(), 1_080_000_000, "at the heartbeat");
        vm.warp(START + 1 days + 1);
        refuse(abi.encodeWithSelector(IChainlinkFx.PriceStale.selector, START));
        feed.say(108_000_000, START, START + 1 days + 2);
        refuse(abi.encodeWithSelector(IChainlinkFx.PriceStale.selector, START + 1 days + 2));
        feed.say(108_000_000, START, 0);
        refuse(abi.encodeWithSelector(IChainlinkFx.PriceStale.selector, 0));
    }

    function testASequencerMustHaveWorkedForAnHour() public {
        bytes4 down = IChainlinkFx.SequencerDown.selector;
        sequencer.say(1, START - 2 hours, START);
        refuse(abi.encodeWithSelector(down, START - 2 hours));
        sequencer.say(0, START - 1 hours, START);
        refuse(abi.encodeWithSelector(down, START - 1 hours));
        sequencer.say(0, START - 1 hours - 1, START);
        assertEq(rate(), 1_080_000_000, "an hour and a second");
        sequencer.say(0, 0, 0);
        refuse(abi.encodeWithSelector(down, 0));
        sequencer.say(0, START + 1, START);
        refuse(abi.encodeWithSelector(down, START + 1));
        assertEq(fx.GRACE(), 3_600, "an hour");
    }

    function testAChainWithoutASequencerHasNone() public {
        fx = new ChainlinkFx(feeds(address(feed), 1 days, 0), address(0));
        assertEq(rate(), 1_080_000_000, "rate");
        assertEq(fx.sequencer(), address(0), "none");
    }

    function testOnlyANamedPairIsAnswered() public {
        uint16[2][3] memory pairs = [[USD, EUR], [EUR, JPY], [JPY, USD]];
        for (uint256 i = 0; i < 3; ++i) {
            assertRefused(
                address(fx),
                abi.encodeCall(IFxSource.rateOf, (pairs[i][0], pairs[i][1], START, "")),
                abi.encodeWithSelector(
                    IFxSource.WrongPair.selector, pairs[i][0], pairs[i][1]
                )
            );
        }
    }

    function testADeadlineThatHasPassedIsRefused() public {
        assertRefused(
            address(fx),
            abi.encodeCall(IFxSource.rateOf, (EUR, USD, START - 1, "")),
            abi.encodeWithSelector(IFxSource.DeadlinePassed.selector, START - 1)
        );
        fx.rateOf(EUR, USD, START, "");
    }

    function testAFeedThatCannotBeUsedIsNotDeployed() public {
        bytes memory invalid =
            abi.encodeWithSelector(IChainlinkFx.FeedInvalid.selector, address(feed));
        vm.expectRevert(invalid);
        new ChainlinkFx(feeds(address(feed), 0, 0), address(0));
        vm.expectRevert(invalid);
        new ChainlinkFx(feeds(address(feed), 1 days, 9), address(0));
        vm.expectRevert(invalid);
        new ChainlinkFx(feeds(address(feed), 1 days, -9), address(0));
        new ChainlinkFx(feeds(address(feed), 1, 8), address(0));
        new ChainlinkFx(feeds(address(feed), 365 days, -8), address(0));
        vm.expectRevert(
            abi.encodeWithSelector(Requirements.AgeInvalid.selector, 365 days + 1)
        );
        new ChainlinkFx(feeds(address(feed), 365 days + 1, 0), address(0));
        IChainlinkFx.Feed[] memory list = feeds(address(feed), 1 days, 0);
        list[0].base = USD;
        vm.expectRevert(invalid);
        new ChainlinkFx(list, address(0));
        list = new IChainlinkFx.Feed[](2);
        list[0] = feeds(address(feed), 1 days, 0)[0];
        list[1] = list[0];
        vm.expectRevert(invalid);
        new ChainlinkFx(list, address(0));
    }

    function testAFeedOfTooManyDecimalsIsNotDeployed() public {
        feed.setDecimals(36);
        fx = new ChainlinkFx(feeds(address(feed), 1 days, 0), address(0));
        (,, int16 exponent) = fx.feedOf(EUR, USD);
        assertTrue(exponent == -27, "exponent");
        feed.setDecimals(37);
        vm.expectRevert(
            abi.encodeWithSelector(IChainlinkFx.FeedInvalid.selector, address(feed))
        );
        new ChainlinkFx(feeds(address(feed), 1 days, 0), address(0));
    }

    function testWhatIsNotAFeedIsNotDeployed() public {
        vm.expectRevert(
            abi.encodeWithSelector(Requirements.NotAContract.selector, address(1))
        );
        new ChainlinkFx(feeds(address(1), 1 days, 0), address(0));
        bytes memory wrong =
            abi.encodeWithSelector(Requirements.WrongKind.selector, address(this));
        vm.expectRevert(wrong);
        new ChainlinkFx(feeds(address(this), 1 days, 0), address(0));
        vm.expectRevert(wrong);
        new ChainlinkFx(feeds(address(feed), 1 days, 0), address(this));
    }
}
