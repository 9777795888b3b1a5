// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IChainlinkFx} from "../interfaces/IChainlinkFx.sol";
import {Requirements} from "../libraries/Requirements.sol";
import {Aggregator} from "./Aggregator.sol";
import {FxSource} from "./FxSource.sol";

/// @title Exchange rates of Chainlink's price feeds
/// @dev The rate is answer · 10^exponent, with the exponent 9 + shift − decimals.
contract ChainlinkFx is IChainlinkFx, FxSource {
    /// @dev What is kept of a feed.
    /// @param aggregator The feed; 0 if the pair has no feed.
    /// @param heartbeat Longest age of an answer, seconds.
    /// @param exponent Power of ten that makes a rate of an answer.
    struct Stored {
        address aggregator;
        uint32 heartbeat;
        int16 exponent;
    }

    /// @inheritdoc IChainlinkFx
    uint256 public constant GRACE = 1 hours;
    uint256 private constant MOST_DECIMALS = 36;
    int16 private constant MOST_SHIFT = 8;
    int16 private constant RATE_DECIMALS = 9;
    int256 private constant MOST_ANSWER = 1 << 160;

    /// @inheritdoc IChainlinkFx
    address public immutable sequencer;

    mapping(uint16 base => mapping(uint16 quote => Stored)) private _feeds;

    /// @notice Deploys a source. Reverts with FeedInvalid, NotAContract, WrongKind or AgeInvalid.
    /// @param feeds The feeds, one for each pair.
    /// @param sequencer_ Feed that tells whether the chain's sequencer works; 0 if it has none.
    constructor(Feed[] memory feeds, address sequencer_) {
        if (sequencer_ != address(0)) _requireFeed(sequencer_);
        sequencer = sequencer_;
        for (uint256 i = 0; i < feeds.length; ++i) {
            _add(feeds[i]);
        }
    }

    /// @inheritdoc IChainlinkFx
    function feedOf(uint16 base, uint16 quote)
        external
        view
        returns (address aggregator, uint32 heartbeat, int16 exponent)
    {
        Stored memory feed = _feeds[base][quote];
        return (feed.aggregator, feed.heartbeat, feed.exponent);
    }

    /// @inheritdoc FxSource
    function _rate(uint16 base, uint16 quote, uint256, bytes calldata)
        internal
        view
        override
        returns (uint256)
    {
        Stored memory feed = _feeds[base][quote];
        if (feed.aggregator == address(0)) revert WrongPair(base, quote);
        _requireSequencer();
        (, int256 answer,, uint256 updatedAt,) = Aggregator(feed.aggregator).latestRoundData();
        if (answer <= 0 || answer >= MOST_ANSWER) revert PriceInvalid(answer);
        bool current =
            updatedAt <= block.timestamp && block.timestamp - updatedAt <= feed.heartbeat;
        if (!current) revert PriceStale(updatedAt);
        uint256 price = uint256(answer);
        if (feed.exponent >= 0) return price * 10 ** uint16(feed.exponent);
        return Math.ceilDiv(price, 10 ** uint16(-feed.exponent));
    }

    function _requireSequencer() private view {
        if (sequencer == address(0)) return;
        (, int256 down, uint256 startedAt,,) = Aggregator(sequencer).latestRoundData();
        // a feed without a round says that everything is well since 1970
        bool works = down == 0 && startedAt != 0 && startedAt <= block.timestamp
            && block.timestamp - startedAt > GRACE;
        if (!works) revert SequencerDown(startedAt);
    }

    function _add(Feed memory feed) private {
        uint256 decimals = _requireFeed(feed.aggregator);
        Requirements.requireAge(feed.heartbeat);
        Stored storage place = _feeds[feed.base][feed.quote];
        bool shiftOk = feed.shift <= MOST_SHIFT && feed.shift >= -MOST_SHIFT;
        bool usable = decimals <= MOST_DECIMALS && shiftOk && feed.heartbeat != 0
            && feed.base != feed.quote && place.aggregator == address(0);
        if (!usable) revert FeedInvalid(feed.aggregator);
        place.aggregator = feed.aggregator;
        place.heartbeat = feed.heartbeat;
        place.exponent = RATE_DECIMALS + feed.shift - int16(uint16(decimals));
    }

    /// @dev Returns the decimals of a feed that also answers with a round.
    function _requireFeed(address aggregator) private view returns (uint256) {
        Requirements.requireAnswer(aggregator, abi.encodeCall(Aggregator.latestRoundData, ()), 5);
        return Requirements.requireWord(aggregator, abi.encodeCall(Aggregator.decimals, ()));
    }
}
